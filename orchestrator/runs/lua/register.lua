--[[
Makes a batch known; a second time changes nothing.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: cause, correlation_id, user_id, org_id, is_regular, registration
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects a new batch's registration is said
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])
local reply = 'known'
if book.registration == null then
  book.registration, book.is_regular = input.registration, input.is_regular
  book.user_id, book.org_id = input.user_id, input.org_id
  say_book(input.cause, input.correlation_id)
  say({ kind = 'registered', cause = input.cause, correlation_id = input.correlation_id })
  reply = 'registered'
end
return close(KEYS[1], KEYS[2], KEYS[3], reply)

--[[
Refuses the pending request.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: request_id, reason, detail, credits
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects the request's verdict and a denial are said
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])
local reply = 'decided'
if book.pending ~= null and book.pending.request_id == input.request_id then
  refuse(input.request_id, input.reason, input.detail, input.credits)
  reply = 'refused'
end
return close(KEYS[1], KEYS[2], KEYS[3], reply)

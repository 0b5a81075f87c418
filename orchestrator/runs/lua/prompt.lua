--[[
Replaces the prompt reference that later runs work with.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: correlation_id, prompt_ref
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects the prompt is kept and the book said; none while a run is active or a request is pending
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])
local reply = 'unknown_batch'
if book.registration ~= null then
  reply = (active_run() or book.pending ~= null) and 'decided' or 'noted'
end
if reply == 'noted' and book.prompt_ref ~= input.prompt_ref then
  book.prompt_ref = input.prompt_ref
  say_book(input.correlation_id, input.correlation_id)
end
return close(KEYS[1], KEYS[2], KEYS[3], reply)

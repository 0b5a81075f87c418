--[[
Takes out of the outbox what the log has acknowledged.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
KEYS[5] aging: sorted set of the bucket, batches by a time at which they had changed, milliseconds
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: seqs, book_revision
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects entries go; the book's goes only when the newest was published, and comes back when an older one was
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])
if input.book_revision ~= null and tonumber(input.book_revision) > tonumber(book.book_revision) then
  -- The store was emptied and restored from an older book meanwhile.
  return close(KEYS[1], KEYS[2], KEYS[3], 'behind')
end
local acknowledged = set_of(input.seqs)
local newest = input.book_revision == book.book_revision
if not newest then acknowledged[book.book_entry] = nil end

local left = {}
for _, seq in ipairs(book.outbox) do
  if acknowledged[seq] then
    redis.call('HDEL', KEYS[2], seq .. '|' .. book.batch_id)
    if seq == book.book_entry then book.book_entry = 0 end
    t.changed = true
  else
    table.insert(left, seq)
  end
end
book.outbox = left

if input.book_revision ~= null and not newest and book.book_entry == 0 then
  -- An older book may now stand behind a newer one on the log: the newest is said again.
  local revision = book.book_revision
  local last = book.requests[#book.requests]
  say_book(last and last.request_id or book.batch_id, last and last.correlation_id or book.batch_id)
  book.book_revision = revision
end
if #book.outbox == 0 then ages(KEYS[5]) end
return close(KEYS[1], KEYS[2], KEYS[3], 'acknowledged')

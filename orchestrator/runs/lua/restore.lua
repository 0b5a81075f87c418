--[[
Puts a lost book back, and what was still to be said when it was published: said again with the same ids, it does no harm.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] aging: sorted set of the bucket, batches by a time at which they had changed, milliseconds
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: book, entries
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects a book that is newer stays; this is the one transition that a lost bucket allows
]]
open_anyway(KEYS[1], ARGV[2], ARGV[1])
local input = cjson.decode(ARGV[3])
local reply = 'known'
-- A batch that was registered once is: what was said of it while that was lost does not outrank it.
local has, brings = t.book.registration ~= null, input.book.registration ~= null
local is_newer = tonumber(t.book.book_revision) < tonumber(input.book.book_revision)
if has ~= brings then is_newer = brings end
if is_newer then
  local revision, seq = t.book.revision, t.book.seq
  for _, old in ipairs(t.book.outbox) do
    redis.call('HDEL', KEYS[2], old .. '|' .. ARGV[2])
    seq = math.max(seq, old)
  end
  t.book, t.changed = input.book, true
  t.book.revision, t.book.seq, t.book.outbox, t.book.book_entry = revision, seq, {}, 0
  for _, entry in ipairs(input.entries) do
    t.book.seq = t.book.seq + 1
    entry.seq = t.book.seq
    table.insert(t.book.outbox, entry.seq)
    table.insert(t.added, entry)
  end
  if t.book.pending ~= null then t.timers.wait = t.book.pending.due * 1000 end
  -- The phase that a run is held before may have been resumed since: it is looked at.
  t.timers.held = t.now * 1000
  ages(KEYS[4])
  reply = 'restored'
end
return close(KEYS[1], KEYS[2], KEYS[3], reply)

--[[
Reads a batch's book and what of it still waits in the outbox, as they stand at one moment.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] alive: 'yes' when the bucket holds what it should
ARGV[1] batch id
ARGV[2] the newest mark that the caller has seen of this bucket: microseconds of its last write
Returns { book, entries... }, or an empty list for a batch that there is nothing of
Effects a bucket that has lost writes is no longer alive
]]
local written = tonumber(redis.call('HGET', KEYS[2], '#written') or 0)
if redis.call('GET', KEYS[3]) == 'yes' and written < tonumber(ARGV[2]) then redis.call('DEL', KEYS[3]) end
if redis.call('GET', KEYS[3]) ~= 'yes' then return redis.error_reply('CATCHINGUP the bucket is being restored') end
local json = redis.call('GET', KEYS[1])
if not json then return {} end
local book = cjson.decode(json)
if book.shelved then return redis.error_reply('SHELVED the archive has the book') end
local answer = { json }
for _, seq in ipairs(book.outbox) do
  table.insert(answer, redis.call('HGET', KEYS[2], seq .. '|' .. ARGV[1]))
end
return answer

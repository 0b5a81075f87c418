--[[
Has a batch claimed as aged only once it has been left alone for long since its last change.

KEYS[1] book: the batch's book, JSON
KEYS[2] aging: sorted set of the bucket, batches by a time at which they had changed, milliseconds
ARGV[1] batch id
Returns 1, or 0 when there is no book that could go to the archive
Effects the batch stands where its last change is, or nowhere
]]
local stored = redis.call('GET', KEYS[1])
local book = stored and cjson.decode(stored)
if not book or book.shelved then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 0
end
redis.call('ZADD', KEYS[2], string.format('%.0f', math.floor(tonumber(book.revision) / 1000)), ARGV[1])
return 1

--[[
Puts a book back where its stub stands, as it was archived.

KEYS[1] book: the batch's book, JSON
KEYS[2] aging: sorted set of the bucket, batches by a time at which they had changed, milliseconds
KEYS[3] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] the book, JSON
Returns 1, or 0 where no stub stands: then nothing is done
Effects the batch is as if it had never been archived
]]
if redis.call('GET', KEYS[3]) ~= 'yes' then return redis.error_reply('CATCHINGUP the bucket is being restored') end
local stored = redis.call('GET', KEYS[1])
if not stored or not cjson.decode(stored).shelved then return 0 end
local now = tonumber(ARGV[1])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000000 + clock[2]
end
redis.call('SET', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], 'NX', string.format('%.0f', math.floor(now / 1000)), ARGV[2])
return 1

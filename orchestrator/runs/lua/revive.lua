--[[
Says that a bucket holds what it should, if it was not lost again while it was restored.

KEYS[1] alive: 'yes' when the bucket holds what it should, else what names its restoration
KEYS[2] outbox: hash of the bucket; its field '#written' is when the bucket was last written to, microseconds
ARGV[1] the name of the restoration that has ended
ARGV[2] clock in microseconds; empty for this server's
ARGV[3] the newest mark that the caller has seen of this bucket
Returns 1 when the bucket is alive now, else 0
Effects transitions of the bucket are allowed; its mark is above all that was seen before the loss
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local now = tonumber(ARGV[2])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000000 + clock[2]
end
local written = tonumber(redis.call('HGET', KEYS[2], '#written') or 0)
redis.call('HSET', KEYS[2], '#written', string.format('%.0f', math.max(now, written, tonumber(ARGV[3]) + 1)))
redis.call('SET', KEYS[1], 'yes')
return 1

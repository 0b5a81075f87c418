--[[
Claims batches of a bucket that changed a while ago and were not settled since.

KEYS[1] unarchived: sorted set of the bucket, batches by when they first changed since they were settled, milliseconds
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] how long ago they must have changed, milliseconds
ARGV[3] for how long nobody else gets them, milliseconds
ARGV[4] how many at most
Returns batch ids, the oldest change first
Effects they are as if changed so much later that they come again when the claim is over
]]
local clock = tonumber(ARGV[1])
if not clock then
  local time = redis.call('TIME')
  clock = time[1] * 1000000 + time[2]
end
local due = math.floor(clock / 1000) - tonumber(ARGV[2])
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', due), 'LIMIT', 0, tonumber(ARGV[4]))
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], string.format('%.0f', due + tonumber(ARGV[3])), id) end
return ids

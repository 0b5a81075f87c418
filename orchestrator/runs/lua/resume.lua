--[[
Lets the runs of a bucket go on that are held before a phase.

KEYS[1] paused: set of phases that are held back
KEYS[2] timers: sorted set of the bucket, 'kind|batch' by microseconds
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] phase
Returns how many runs are held, before whichever phase
Effects the phase is no longer paused; held runs come due
]]
redis.call('SREM', KEYS[1], ARGV[2])
local now = ARGV[1]
if now == '' then
  local clock = redis.call('TIME')
  now = string.format('%.0f', clock[1] * 1000000 + clock[2])
end
local held = redis.call('ZRANGEBYSCORE', KEYS[2], '9000000000000000', '+inf')
for _, member in ipairs(held) do redis.call('ZADD', KEYS[2], now, member) end
return #held

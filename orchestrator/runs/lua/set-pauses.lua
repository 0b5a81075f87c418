--[[
Takes in what the log says about holding the runs of a bucket back, also before the bucket is restored.

KEYS[1] pauses: hash of the bucket, phase -> what the log said last about it, JSON
KEYS[2] timers: sorted set of the bucket, 'kind|batch' by microseconds
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] and all that follow: pauses, JSON
Returns how many of them were news
Effects what is older than what is known changes nothing; held runs come due when a phase is no longer paused
]]
local news, resumed = 0, false
for i = 2, #ARGV do
  local pause = cjson.decode(ARGV[i])
  local known = redis.call('HGET', KEYS[1], pause.phase)
  if not known or cjson.decode(known).offset < pause.offset then
    redis.call('HSET', KEYS[1], pause.phase, ARGV[i])
    news, resumed = news + 1, resumed or not pause.paused
  end
end
if resumed then
  local now = ARGV[1]
  if now == '' then
    local clock = redis.call('TIME')
    now = string.format('%.0f', clock[1] * 1000000 + clock[2])
  end
  local held = redis.call('ZRANGEBYSCORE', KEYS[2], '9000000000000000', '+inf')
  for _, member in ipairs(held) do redis.call('ZADD', KEYS[2], now, member) end
end
return news

--[[
Claims members of a sorted set that is scored by when something happened. It stands before each script that claims.

Returns nothing by itself; claim takes the set's key, the clock in microseconds (empty for this server's), how long ago it must
        have happened and for how long nobody else gets them, both in milliseconds, and how many at most, and gives the oldest
Effects none by itself; claim scores them so much later that they come again when the claim is over
]]
local function claim(key, clock, age, lease, limit)
  local now = tonumber(clock)
  if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000000 + time[2]
  end
  local due = math.floor(now / 1000) - tonumber(age)
  local members = redis.call('ZRANGEBYSCORE', key, '-inf', string.format('%.0f', due), 'LIMIT', 0, tonumber(limit))
  for _, member in ipairs(members) do
    redis.call('ZADD', key, string.format('%.0f', due + tonumber(lease)), member)
  end
  return members
end

--[[
Takes one call of a client out of its limit, or refuses it (generic cell rate algorithm).

KEYS[1] the client's key: the time at which its burst is whole again, microseconds

ARGV[1] now in microseconds, or '' for the store's clock
ARGV[2] microseconds between calls at the steady rate
ARGV[3] how many calls may come at once

Returns { 1 allowed | 0 refused, calls left, milliseconds until allowed, milliseconds until the burst is whole }
Effects an allowed call moves the key's time on by one interval and lets the key expire then; a refused one changes nothing
]]
local now = tonumber(ARGV[1])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000000 + clock[2]
end
local interval = tonumber(ARGV[2])
local burst = tonumber(ARGV[3])

local base = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now)
local following = base + interval
local earliest = following - interval * burst
local allowed = now >= earliest
local kept = allowed and following or base

if allowed then
  -- 14 digits are all that a number prints by itself.
  redis.call('SET', KEYS[1], string.format('%.0f', kept), 'PX', math.ceil((kept - now) / 1000))
end

return {
  allowed and 1 or 0,
  math.max(0, math.floor((interval * burst - (kept - now)) / interval)),
  allowed and 0 or math.ceil((earliest - now) / 1000),
  math.ceil((kept - now) / 1000),
}

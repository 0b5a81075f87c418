--[[
Takes calls out of their budgets, one after the other: each out of all of its budgets, or out of none when one of them refuses
(generic cell rate algorithm). A budget that several calls share is read once and written once.

KEYS[1] and all that follow: of each call its budgets: the client's own, then the one that the client shares with others, if there is
        one; each holds the time at which its burst is whole again, microseconds

ARGV[1] now in microseconds, or '' for the store's clock
ARGV[2] and all that follow: of each call how many budgets it has, then of each the microseconds between calls at the steady rate, and
        how many calls may come at once

Returns of each budget of each call four numbers: 1 allows | 0 refuses, calls left, milliseconds until allowed, milliseconds until the
        burst is whole
Effects an admitted call moves each key's time on by one interval and lets the key expire then; a refused one changes nothing
]]
local now = tonumber(ARGV[1])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000000 + clock[2]
end

local floor, ceil, max = math.floor, math.ceil, math.max

-- By key when its burst is whole again, and which of them have changed.
local wholeAt, taken = {}, {}
local function baseOf(key)
  local base = wholeAt[key]
  if not base then
    base = max(tonumber(redis.call('GET', key)) or now, now)
    wholeAt[key] = base
  end
  return base
end

local reply, told = {}, 0
local function take(key, interval, burst, admitted)
  local base = wholeAt[key]
  local missing = base + interval - interval * burst - now
  if admitted then
    base = base + interval
    wholeAt[key], taken[key] = base, true
  end
  reply[told + 1] = missing <= 0 and 1 or 0
  reply[told + 2] = max(0, floor((interval * burst - (base - now)) / interval))
  reply[told + 3] = max(0, ceil(missing / 1000))
  reply[told + 4] = ceil((base - now) / 1000)
  told = told + 4
end

local key, arg = 0, 1
while key < #KEYS do
  local budgets, admitted = tonumber(ARGV[arg + 1]), true
  for i = 1, budgets do
    local interval, burst = tonumber(ARGV[arg + 2 * i]), tonumber(ARGV[arg + 2 * i + 1])
    admitted = now >= baseOf(KEYS[key + i]) + interval - interval * burst and admitted
  end
  for i = 1, budgets do
    take(KEYS[key + i], tonumber(ARGV[arg + 2 * i]), tonumber(ARGV[arg + 2 * i + 1]), admitted)
  end
  key, arg = key + budgets, arg + 1 + 2 * budgets
end

if arg ~= #ARGV then return redis.error_reply('a budget has one key and two numbers') end

for changed in pairs(taken) do
  local kept = wholeAt[changed]
  -- 14 digits are all that a number prints by itself.
  redis.call('SET', changed, string.format('%.0f', kept), 'PX', ceil((kept - now) / 1000))
end
return reply

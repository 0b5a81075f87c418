--[[
Takes one call out of one or two budgets, or out of none when one of them refuses (generic cell rate algorithm).

KEYS[1] the client's budget: the time at which its burst is whole again, microseconds
KEYS[2] the budget that the client shares with others, likewise

ARGV[1] now in microseconds, or '' for the store's clock
ARGV[2] the client's microseconds between calls at the steady rate
ARGV[3] how many of the client's calls may come at once
ARGV[4] the same two numbers of the shared budget: its interval, 0 for no shared budget
ARGV[5] and its burst

Returns per budget { 1 allows | 0 refuses, calls left, milliseconds until allowed, milliseconds until the burst is whole }
Effects an admitted call moves each key's time on by one interval and lets the key expire then; a refused one changes nothing
]]
local now = tonumber(ARGV[1])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000000 + clock[2]
end

local function step(key, interval, burst)
  local base = math.max(tonumber(redis.call('GET', key)) or now, now)
  local following = base + interval
  return { key = key, interval = interval, burst = burst, base = base, following = following,
    earliest = following - interval * burst }
end

local steps = { step(KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3])) }
if tonumber(ARGV[4]) > 0 then steps[2] = step(KEYS[2], tonumber(ARGV[4]), tonumber(ARGV[5])) end

local admitted = true
for _, budget in ipairs(steps) do admitted = admitted and now >= budget.earliest end

local verdicts = {}
for i, budget in ipairs(steps) do
  local allowed = now >= budget.earliest
  local kept = admitted and budget.following or budget.base
  -- 14 digits are all that a number prints by itself.
  if admitted then
    redis.call('SET', budget.key, string.format('%.0f', kept), 'PX', math.ceil((kept - now) / 1000))
  end
  verdicts[i] = {
    allowed and 1 or 0,
    math.max(0, math.floor((budget.interval * budget.burst - (kept - now)) / budget.interval)),
    allowed and 0 or math.ceil((budget.earliest - now) / 1000),
    math.ceil((kept - now) / 1000),
  }
end
return verdicts

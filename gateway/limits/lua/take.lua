--[[
Takes calls out of their budgets, one after the other: each out of one or two, or out of none when one of them refuses (generic cell
rate algorithm).

KEYS[1] and all that follow: of each call the client's budget, then the one that the client shares with others; each holds the time
        at which its burst is whole again, microseconds

ARGV[1] now in microseconds, or '' for the store's clock
ARGV[2] and all that follow: of each call the client's microseconds between calls at the steady rate, how many of its calls may come
        at once, and the same two numbers of the shared budget; an interval of 0 is no shared budget

Returns of each call eight numbers, four a budget: 1 allows | 0 refuses, calls left, milliseconds until allowed, milliseconds until
        the burst is whole
Effects an admitted call moves each key's time on by one interval and lets the key expire then; a refused one changes nothing
]]
if #ARGV ~= 1 + 2 * #KEYS then return redis.error_reply('a call has two keys and four numbers') end

local now = tonumber(ARGV[1])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000000 + clock[2]
end

local floor, ceil, max = math.floor, math.ceil, math.max
local function baseOf(key) return max(tonumber(redis.call('GET', key)) or now, now) end

local reply = {}
local function take(at, key, allowed, admitted, base, interval, burst)
  local kept = admitted and base + interval or base
  -- 14 digits are all that a number prints by itself.
  if admitted then redis.call('SET', key, string.format('%.0f', kept), 'PX', ceil((kept - now) / 1000)) end
  reply[at + 1] = allowed and 1 or 0
  reply[at + 2] = max(0, floor((interval * burst - (kept - now)) / interval))
  reply[at + 3] = allowed and 0 or ceil((base + interval - interval * burst - now) / 1000)
  reply[at + 4] = ceil((kept - now) / 1000)
end

for call = 1, #KEYS / 2 do
  local client, shared = KEYS[2 * call - 1], KEYS[2 * call]
  local interval, burst = tonumber(ARGV[4 * call - 2]), tonumber(ARGV[4 * call - 1])
  local sharedInterval, sharedBurst = tonumber(ARGV[4 * call]), tonumber(ARGV[4 * call + 1])
  local base = baseOf(client)
  local allowed = now >= base + interval - interval * burst
  local sharedBase, sharedAllowed = now, true
  if sharedInterval > 0 then
    sharedBase = baseOf(shared)
    sharedAllowed = now >= sharedBase + sharedInterval - sharedInterval * sharedBurst
  end
  local admitted = allowed and sharedAllowed
  local at = 8 * (call - 1)
  take(at, client, allowed, admitted, base, interval, burst)
  if sharedInterval > 0 then
    take(at + 4, shared, sharedAllowed, admitted, sharedBase, sharedInterval, sharedBurst)
  else
    for i = at + 5, at + 8 do reply[i] = 0 end
  end
end
return reply

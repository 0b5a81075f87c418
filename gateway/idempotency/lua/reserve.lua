--[[
Reserves idempotency keys for calls, each for one, or says what became of the call that had it first.

KEYS[1] and all that follow: of each call its key's record: hash of fingerprint, correlation, owner, until (microseconds), answer (JSON)

ARGV[1] now in microseconds, or '' for the store's clock
ARGV[2] milliseconds that a record is kept
ARGV[3] and all that follow: of each call the fingerprint of its payload, its correlation id, what names it as owner, and its lease in
        milliseconds

Returns of each call { 'reserved', correlation id of the first call } | { 'running', milliseconds left } | { 'answered', correlation id of
        the first call, answer } | { 'mismatch' }
Effects a new key, or one whose lease is over, belongs to its call until the lease ends
]]
if #ARGV ~= 2 + 4 * #KEYS then return redis.error_reply('a call has one key and four arguments') end

local now = tonumber(ARGV[1])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000000 + clock[2]
end

local function reserve(key, payload, caller, owner, lease)
  local found = redis.call('HMGET', key, 'fingerprint', 'correlation', 'until', 'answer')
  local fingerprint, correlation, until_, answer = found[1], found[2], tonumber(found[3] or '0'), found[4]

  if fingerprint and fingerprint ~= payload then return { 'mismatch' } end
  if answer then return { 'answered', correlation, answer } end
  if fingerprint and until_ > now then return { 'running', math.ceil((until_ - now) / 1000) } end

  correlation = correlation or caller
  redis.call('HSET', key, 'fingerprint', payload, 'correlation', correlation, 'owner', owner,
    'until', string.format('%.0f', now + lease * 1000))
  redis.call('PEXPIRE', key, ARGV[2])
  return { 'reserved', correlation }
end

local replies = {}
for call = 1, #KEYS do
  local at = 4 * call
  replies[call] = reserve(KEYS[call], ARGV[at - 1], ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
return replies

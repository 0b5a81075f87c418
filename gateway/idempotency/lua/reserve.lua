--[[
Reserves an idempotency key for one call, or says what became of the call that had it first.

KEYS[1] the key's record: hash of fingerprint, correlation, owner, until (microseconds), answer (JSON)

ARGV[1] now in microseconds, or '' for the store's clock
ARGV[2] fingerprint of the payload
ARGV[3] correlation id of this call
ARGV[4] owner: names this call
ARGV[5] lease in milliseconds
ARGV[6] milliseconds that the record is kept

Returns { 'reserved', correlation id of the first call } | { 'running', milliseconds left } | { 'answered', correlation id of the first call, answer } | { 'mismatch' }
Effects a new key, or one whose lease is over, belongs to this call until its lease ends
]]
local now = tonumber(ARGV[1])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000000 + clock[2]
end
local found = redis.call('HMGET', KEYS[1], 'fingerprint', 'correlation', 'until', 'answer')
local fingerprint, correlation, until_, answer = found[1], found[2], tonumber(found[3] or '0'), found[4]

if fingerprint and fingerprint ~= ARGV[2] then return { 'mismatch' } end
if answer then return { 'answered', correlation, answer } end
if fingerprint and until_ > now then return { 'running', math.ceil((until_ - now) / 1000) } end

correlation = correlation or ARGV[3]
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[2], 'correlation', correlation, 'owner', ARGV[4],
  'until', string.format('%.0f', now + ARGV[5] * 1000))
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return { 'reserved', correlation }

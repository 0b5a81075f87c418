--[[
Keeps the answer of the call that has reserved an idempotency key.

KEYS[1] the key's record: hash of fingerprint, correlation, owner, until (microseconds), answer (JSON)

ARGV[1] owner: names this call
ARGV[2] the answer, JSON
ARGV[3] milliseconds that the record is kept

Returns 1 when it is kept, 0 when another call has taken over or the record is gone
Effects the key has its answer, and no owner any more
]]
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'answer', ARGV[2])
redis.call('HDEL', KEYS[1], 'owner', 'until')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1

--[[
Ends the lease of a call that came to no final answer.

KEYS[1] the key's record: hash of fingerprint, correlation, owner, until (microseconds), answer (JSON)

ARGV[1] owner: names this call

Returns 1 when the lease was this call's, else 0
Effects the key can be reserved again at once, with the same payload
]]
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'owner', 'until')
return 1

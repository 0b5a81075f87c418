--[[
Says that a bucket may have lost something.

KEYS[1] alive: 'yes' when the bucket holds what it should
Returns how many buckets were alive
Effects no transition of the bucket is allowed until it is restored
]]
return redis.call('DEL', KEYS[1])

--[[
Says that a bucket holds what it should.

KEYS[1] alive: whether the bucket holds what it should
Returns OK
Effects transitions of the bucket are allowed
]]
return redis.call('SET', KEYS[1], '1')

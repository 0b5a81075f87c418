--[[
Reads which phases a bucket holds back.

KEYS[1] paused: set of phases that are held back
Returns the phases
Effects none
]]
return redis.call('SMEMBERS', KEYS[1])

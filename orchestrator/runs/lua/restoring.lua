--[[
Begins the restoration of a lost bucket, or joins one that goes on.

KEYS[1] alive: 'yes' when the bucket holds what it should, else what names its restoration
ARGV[1] a name for it, should it begin now
Returns the name of the restoration that goes on
Effects none when there is one; a bucket that is lost meanwhile loses the name too
]]
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])

--[[
Says that a bucket holds what it should, if it was not lost again while it was restored.

KEYS[1] alive: 'yes' when the bucket holds what it should, else what names its restoration
ARGV[1] the name of the restoration that has ended
Returns 1 when the bucket is alive now, else 0
Effects transitions of the bucket are allowed
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], 'yes')
return 1

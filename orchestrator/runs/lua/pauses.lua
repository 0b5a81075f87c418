--[[
Reads what a bucket knows of phases that were ever paused.

KEYS[1] pauses: hash of the bucket, phase -> what the log said last about it, JSON
Returns the pauses, JSON
Effects none
]]
return redis.call('HVALS', KEYS[1])

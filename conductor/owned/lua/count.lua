--[[
Counts an owner's batches.

KEYS[1] owned: sorted set of 'microseconds|batch id', all of one score

Returns the number of members
Effects none
]]
return redis.call('ZCARD', KEYS[1])

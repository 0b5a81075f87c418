--[[
Reads one bucket's marker.

KEYS[1] marker: hash, 'group|topic|partition' -> offset
Returns fields and offsets as a flat list
Effects none
]]
return redis.call('HGETALL', KEYS[1])

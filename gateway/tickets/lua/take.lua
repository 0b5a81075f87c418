--[[
Takes a ticket: of several that try at once, one gets it.

KEYS[1] the ticket's record: JSON
Returns what it stands for as JSON, or nil when it is unknown, used or expired
Effects the ticket is gone
]]
local found = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
return found

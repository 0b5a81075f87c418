--[[
Keeps what a ticket stands for, for a short time.

KEYS[1] the ticket's record: JSON
ARGV[1] JSON
ARGV[2] milliseconds that it may be used
Returns nothing of use
Effects the ticket can be taken once until it expires
]]
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])

--[[
Takes batches out of an owner's index.

KEYS[1] owned: sorted set of 'microseconds|batch id', all of one score

ARGV[1] and all that follow: members

Returns how many were there
Effects the members no longer stand in the index
]]
local removed = 0
for i = 1, #ARGV do removed = removed + redis.call('ZREM', KEYS[1], ARGV[i]) end
return removed

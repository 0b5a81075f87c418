--[[
Reads a page of an owner's batches, newest first.

KEYS[1] owned: sorted set of 'microseconds|batch id', all of one score

ARGV[1] where to begin: '+' for the newest, '(member' for what is older than a member
ARGV[2] how many

Returns members
Effects none
]]
return redis.call('ZREVRANGEBYLEX', KEYS[1], ARGV[1], '-', 'LIMIT', 0, tonumber(ARGV[2]))

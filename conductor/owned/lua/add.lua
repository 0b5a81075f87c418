--[[
Adds batches to an owner's index; those that stand there already change nothing.

KEYS[1] owned: sorted set of 'microseconds|batch id', all of one score

ARGV[1] and all that follow: members

Returns how many are new
Effects the members stand in the index
]]
local scored = {}
for i = 1, #ARGV do
  scored[i * 2 - 1] = 0
  scored[i * 2] = ARGV[i]
end
return redis.call('ZADD', KEYS[1], unpack(scored))

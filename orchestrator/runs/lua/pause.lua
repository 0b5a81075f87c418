--[[
Holds the runs of a bucket back before a phase.

KEYS[1] paused: set of phases that are held back
ARGV[1] phase
Returns 1 when it was not paused before, else 0
Effects the phase is paused
]]
return redis.call('SADD', KEYS[1], ARGV[1])

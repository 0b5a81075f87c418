--[[
Reads the timers of a bucket, due or not.

KEYS[1] timers: sorted set of the bucket, 'kind|batch' by microseconds
ARGV[1] how many at most
Returns { 'kind|batch', microseconds... }, earliest first
Effects none
]]
return redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES')

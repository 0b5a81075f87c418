--[[
Reads the timers of a bucket that are due, for whoever holds the bucket's lease.

KEYS[1] lease: who sweeps this bucket now
KEYS[2] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[3] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] who asks
ARGV[3] how long the lease is kept, milliseconds
ARGV[4] how many timers at most
Returns { 'kind|batch'... }, oldest first; empty while another holds the lease; { 'lost' } for a bucket that was lost
Effects takes or renews the lease
]]
if redis.call('GET', KEYS[3]) ~= 'yes' then return { 'lost' } end
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[2] then return {} end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
local now = ARGV[1]
if now == '' then
  local clock = redis.call('TIME')
  now = string.format('%.0f', clock[1] * 1000000 + clock[2])
end
return redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[4])

--[[
Reads the timers of a bucket that are due, for whoever holds the bucket's lease.

KEYS[1] lease: who sweeps this bucket now
KEYS[2] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[3] alive: 'yes' when the bucket holds what it should
KEYS[4] outbox: hash of the bucket; its field '#written' is when the bucket was last written to, microseconds
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] who asks
ARGV[3] how long the lease is kept, milliseconds
ARGV[4] how many timers at most
ARGV[5] the newest mark that the caller has seen of this bucket
Returns { mark, 'kind|batch'... }, oldest first, no timers while another holds the lease; { 'lost' } for a bucket that was lost
Effects takes or renews the lease; a bucket that has lost writes is no longer alive
]]
local written = tonumber(redis.call('HGET', KEYS[4], '#written') or 0)
if redis.call('GET', KEYS[3]) == 'yes' and written < tonumber(ARGV[5]) then redis.call('DEL', KEYS[3]) end
if redis.call('GET', KEYS[3]) ~= 'yes' then return { 'lost' } end
local holder = redis.call('GET', KEYS[1])
local reply = { string.format('%.0f', written) }
if holder and holder ~= ARGV[2] then return reply end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
local now = ARGV[1]
if now == '' then
  local clock = redis.call('TIME')
  now = string.format('%.0f', clock[1] * 1000000 + clock[2])
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[4])) do
  reply[#reply + 1] = member
end
return reply

--[[
Claims batches of a bucket whose books may have been left alone for so long that they can go to the archive.

KEYS[1] aging: sorted set of the bucket, batches by a time at which they had changed, milliseconds
KEYS[2] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] how long ago they must have changed, milliseconds
ARGV[3] for how long nobody else gets them, milliseconds
ARGV[4] how many at most
Returns batch ids, those that changed first first; none of a lost bucket
Effects they come again when the claim is over
]]
if redis.call('GET', KEYS[2]) ~= 'yes' then return {} end
return claim(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])

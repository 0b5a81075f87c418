--[[
Claims batches of a bucket that changed a while ago and were not settled since.

KEYS[1] unarchived: sorted set of the bucket, batches by when they first changed since they were settled, milliseconds
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] how long ago they must have changed, milliseconds
ARGV[3] for how long nobody else gets them, milliseconds
ARGV[4] how many at most
Returns batch ids, the oldest change first
Effects they are as if changed so much later that they come again when the claim is over
]]
return claim(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])

--[[
Says that a bucket of owners holds what the archive has, if nothing was lost since it was claimed.

KEYS[1] filled: 'filled', or the token of who fills the bucket now
ARGV[1] token
Returns 1, or 0 when another token or none stands there, and then nothing is done
Effects it is not claimed any more
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], 'filled')
return 1

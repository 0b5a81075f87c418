--[[
Claims a bucket of owners that was not filled from the archive since the store began anew.

KEYS[1] filled: 'filled', or the token of who fills the bucket now
ARGV[1] token
ARGV[2] for how long nobody else gets it, milliseconds
Returns 1 when it is the caller's, else 0; whoever has claimed it may go on with it
Effects the token stands there until then
]]
local standing = redis.call('GET', KEYS[1])
if standing and standing ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', tonumber(ARGV[2]))
return 1

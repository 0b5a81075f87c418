--[[
Counts a write into a bucket's marker. It stands before each script that writes.

ARGV[1] field of the marker that counts this write; empty for none
ARGV[2] how many writes of that field were acknowledged before
Returns nothing by itself; count_write gives how many writes of the field there are now, 0 when none is counted, and -1 when
        writes that were acknowledged are missing
Effects none by itself; count_write counts, unless writes are missing
]]
local function count_write(marker)
  if ARGV[1] == '' then return 0 end
  local writes = tonumber(redis.call('HGET', marker, ARGV[1]) or 0) + 1
  if writes <= tonumber(ARGV[2]) then return -1 end
  redis.call('HSET', marker, ARGV[1], writes)
  return writes
end

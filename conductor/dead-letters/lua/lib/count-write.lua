--[[
Counts a write into a bucket's marker. It stands before each script that writes.

Returns nothing by itself; count_write takes the marker's key, its field that counts (empty for none) and how many writes of it
        were acknowledged before, and gives how many there are now, 0 when none is counted, -1 when some are missing
Effects none by itself; count_write counts, unless writes are missing
]]
local function count_write(marker, field, acknowledged)
  if field == '' then return 0 end
  local writes = tonumber(redis.call('HGET', marker, field) or 0) + 1
  if writes <= tonumber(acknowledged) then return -1 end
  redis.call('HSET', marker, field, writes)
  return writes
end

--[[
Puts dead letters of one topic on record and takes out those that are too old.

KEYS[1] index: sorted set of places ('time|id'), all of score 0
KEYS[2] heads: hash, id -> JSON
KEYS[3] bodies: hash, id -> JSON
KEYS[4] decisions: hash, id -> JSON { rank, decision }
KEYS[5] marker: hash of the bucket; counts the writes of each consumer and partition
ARGV[1] field of the marker that counts this write; empty for none
ARGV[2] how many writes of that field were acknowledged before
ARGV[3] time: letters older than this go
ARGV[4] and all that follow: id, place, head and body of each letter
Returns how many writes of the field there are now, 0 when none is counted; -1 when writes that were acknowledged are
        missing, and then nothing is done
Effects adds letters that are not there yet, removes old ones with what was decided about them
]]
local index, heads, bodies, decisions = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local writes = count_write(KEYS[5], ARGV[1], ARGV[2])
if writes < 0 then return writes end
for i = 4, #ARGV, 4 do
  if redis.call('HSETNX', heads, ARGV[i], ARGV[i + 2]) == 1 then
    redis.call('HSET', bodies, ARGV[i], ARGV[i + 3])
    redis.call('ZADD', index, 0, ARGV[i + 1])
  end
end
-- A few at a time: no single call may hold Redis for long.
local old = redis.call('ZRANGEBYLEX', index, '-', '(' .. ARGV[3], 'LIMIT', 0, 500)
for _, place in ipairs(old) do
  local id = place:match('|(.*)$')
  redis.call('HDEL', heads, id)
  redis.call('HDEL', bodies, id)
  redis.call('HDEL', decisions, id)
  redis.call('ZREM', index, place)
end
return writes

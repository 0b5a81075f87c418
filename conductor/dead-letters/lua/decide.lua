--[[
Notes what was decided about a dead letter.

KEYS[1] decisions: hash, id -> JSON { rank, decision }
KEYS[2] marker: hash of the bucket; counts the writes of each consumer and partition
ARGV[1] field of the marker that counts this write; empty for none
ARGV[2] how many writes of that field were acknowledged before
ARGV[3] id
ARGV[4] rank: the larger one stands
ARGV[5] decision, JSON text
Returns how many writes of the field there are now, 0 when none is counted; -1 when writes that were acknowledged are
        missing, and then nothing is done
Effects sets the decision, unless what stands there outranks it
]]
local writes = count_write(KEYS[2], ARGV[1], ARGV[2])
if writes < 0 then return writes end
local current = redis.call('HGET', KEYS[1], ARGV[3])
if not current or cjson.decode(current).rank < ARGV[4] then
  redis.call('HSET', KEYS[1], ARGV[3], cjson.encode({ rank = ARGV[4], decision = ARGV[5] }))
end
return writes

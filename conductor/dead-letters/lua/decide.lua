--[[
Notes what was decided about a dead letter.

KEYS[1] decisions: hash, id -> JSON { rank, decision }
ARGV[1] id
ARGV[2] rank: the larger one stands
ARGV[3] decision, JSON text
Returns 1 when it stands now, 0 when what stood there outranks it
Effects sets the decision
]]
local current = redis.call('HGET', KEYS[1], ARGV[1])
if current and cjson.decode(current).rank >= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({ rank = ARGV[2], decision = ARGV[3] }))
return 1

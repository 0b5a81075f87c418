--[[
Reads one dead letter.

KEYS[1] heads: hash, id -> JSON
KEYS[2] bodies: hash, id -> JSON
KEYS[3] decisions: hash, id -> JSON { rank, decision }
ARGV[1] id
Returns { head, body, decision }, each false when there is none
Effects none
]]
return {
  redis.call('HGET', KEYS[1], ARGV[1]),
  redis.call('HGET', KEYS[2], ARGV[1]),
  redis.call('HGET', KEYS[3], ARGV[1]),
}

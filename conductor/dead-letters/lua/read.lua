--[[
Reads one dead letter.

KEYS[1] heads: hash, id -> JSON
KEYS[2] bodies: hash, id -> JSON
KEYS[3] decisions: hash, id -> JSON { rank, decision }
KEYS[4] marker: hash of the bucket
ARGV[1] field of the marker that stands while the bucket is complete
ARGV[2] id
Returns { head, body, decision }, each false when there is none; {} while the bucket is incomplete
Effects none
]]
if redis.call('HEXISTS', KEYS[4], ARGV[1]) == 0 then return {} end
return {
  redis.call('HGET', KEYS[1], ARGV[2]),
  redis.call('HGET', KEYS[2], ARGV[2]),
  redis.call('HGET', KEYS[3], ARGV[2]),
}

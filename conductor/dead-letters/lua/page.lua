--[[
Reads dead letters of one topic, newest first.

KEYS[1] index: sorted set of places ('time|id'), all of score 0
KEYS[2] heads: hash, id -> JSON
KEYS[3] decisions: hash, id -> JSON { rank, decision }
KEYS[4] marker: hash of the bucket
ARGV[1] field of the marker that stands while the bucket is complete
ARGV[2] the place before which to begin, as ZREVRANGEBYLEX takes it: '(place', or '+' for the newest
ARGV[3] how many, at most 1,000
Returns { heads, decisions }; a decision that was not made is false; {} while the bucket is incomplete
Effects none
]]
if redis.call('HEXISTS', KEYS[4], ARGV[1]) == 0 then return {} end
local places = redis.call('ZREVRANGEBYLEX', KEYS[1], ARGV[2], '-', 'LIMIT', 0, tonumber(ARGV[3]))
if #places == 0 then return { {}, {} } end
local ids = {}
for i, place in ipairs(places) do ids[i] = place:match('|(.*)$') end
return { redis.call('HMGET', KEYS[2], unpack(ids)), redis.call('HMGET', KEYS[3], unpack(ids)) }

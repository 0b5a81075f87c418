--[[
Reads dead letters of one topic, newest first.

KEYS[1] index: sorted set of places ('time|id'), all of score 0
KEYS[2] heads: hash, id -> JSON
KEYS[3] decisions: hash, id -> JSON { rank, decision }
ARGV[1] the place before which to begin, as ZREVRANGEBYLEX takes it: '(place', or '+' for the newest
ARGV[2] how many, at most 1,000
Returns { heads, decisions }; a decision that was not made is false
Effects none
]]
local places = redis.call('ZREVRANGEBYLEX', KEYS[1], ARGV[1], '-', 'LIMIT', 0, tonumber(ARGV[2]))
if #places == 0 then return { {}, {} } end
local ids = {}
for i, place in ipairs(places) do ids[i] = place:match('|(.*)$') end
return { redis.call('HMGET', KEYS[2], unpack(ids)), redis.call('HMGET', KEYS[3], unpack(ids)) }

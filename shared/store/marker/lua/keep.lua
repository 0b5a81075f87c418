--[[
Moves the fields of one bucket's marker on, finds out whether writes were lost, and says whether the bucket has everything
(invariant 13).

KEYS[1] marker: hash, 'group|topic|partition' -> offset, 'writes|group|topic|partition' -> number of writes into the
        bucket, 'complete|group' -> 1 while the bucket has everything
KEYS[2] caught up: set of the group's fields that have caught up since the bucket was last incomplete
ARGV[1] field 'complete|group'
ARGV[2] field of the caller's seal; '' for none
ARGV[3] the seal that must stand there, or nothing is done; '' for a look at all fields
ARGV[4] the seal from now on, if there is something to look at; '' for none
ARGV[5] number of fields to remove
ARGV[6] number of moves
ARGV[7] and all that follow: the fields to remove; the moves, in fives: field, expected offset ('' for none), new offset,
        writes that were acknowledged, 1 when the field has caught up or 0; then every field that must have caught up, or
        none to leave that for later
Returns { 1 when the bucket is complete or 0, and in threes the fields that did not move: field, offset found ('' for
        none), 1 when writes were lost or 0 }; {} when another seal stands
Effects sets the fields that stood where expected; marks the bucket as complete or no longer complete
]]
local flag, seal, standing, next_seal = unpack(ARGV, 1, 4)
if standing ~= '' and redis.call('HGET', KEYS[1], seal) ~= standing then return {} end
local dropped, count = tonumber(ARGV[5]), tonumber(ARGV[6])
if dropped > 0 then redis.call('HDEL', KEYS[1], unpack(ARGV, 7, 6 + dropped)) end
-- Moves are in fives, from 1.
local before = 1 + dropped
local names = {}
for n = 1, count do
  local field = ARGV[before + 5 * n + 1]
  names[2 * n - 1], names[2 * n] = field, 'writes|' .. field
end
local found = count > 0 and redis.call('HMGET', KEYS[1], unpack(names)) or {}

local reply, moved, behind, caught_up = { 0 }, {}, {}, {}
local lost_any = false
for n = 1, count do
  local field, expected, new, acknowledged, ready = unpack(ARGV, before + 5 * n + 1, before + 5 * n + 5)
  local current, writes = found[2 * n - 1] or '', tonumber(found[2 * n] or 0)
  local gone = expected ~= '' and (current == '' or tonumber(current) < tonumber(expected))
  local lost = gone or writes < tonumber(acknowledged)
  if lost or current ~= expected then
    reply[#reply + 1] = field
    reply[#reply + 1] = current
    reply[#reply + 1] = lost and 1 or 0
  elseif current ~= new then
    moved[#moved + 1] = field
    moved[#moved + 1] = new
  end
  lost_any = lost_any or lost
  local list = (lost or ready == '0') and behind or caught_up
  list[#list + 1] = field
end

if next_seal ~= '' and (count > 0 or standing == '') then
  moved[#moved + 1], moved[#moved + 2] = seal, next_seal
end
if #moved > 0 then redis.call('HSET', KEYS[1], unpack(moved)) end
-- Whoever else owns a partition has to look again before the bucket counts as complete.
if lost_any then redis.call('DEL', KEYS[2]) end
if #behind > 0 then
  redis.call('HDEL', KEYS[1], flag)
  redis.call('SREM', KEYS[2], unpack(behind))
end

local complete = redis.call('HEXISTS', KEYS[1], flag) == 1
if not complete then
  if #caught_up > 0 then redis.call('SADD', KEYS[2], unpack(caught_up)) end
  local first = before + 5 * count + 6
  complete = #ARGV >= first
  for i = first, #ARGV do complete = complete and redis.call('SISMEMBER', KEYS[2], ARGV[i]) == 1 end
  if complete then
    redis.call('HSET', KEYS[1], flag, 1)
    redis.call('DEL', KEYS[2])
  end
end
reply[1] = complete and 1 or 0
return reply

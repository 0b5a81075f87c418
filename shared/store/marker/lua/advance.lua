--[[
Moves fields of one bucket's marker, each only from where it is expected to stand (invariant 13).

KEYS[1] marker: hash, 'group|topic|partition' -> offset
ARGV[1] and all that follow, in threes: field, expected offset ('' for none), new offset
Returns fields that stood elsewhere, each followed by its offset ('' for none), as a flat list
Effects sets the fields that stood where expected and have to move
]]
local fields = {}
for i = 1, #ARGV, 3 do fields[#fields + 1] = ARGV[i] end
local found = redis.call('HMGET', KEYS[1], unpack(fields))

local mismatches, moved = {}, {}
for i, field in ipairs(fields) do
  local current, expected, new = found[i] or '', ARGV[i * 3 - 1], ARGV[i * 3]
  if current ~= expected then
    mismatches[#mismatches + 1] = field
    mismatches[#mismatches + 1] = current
  elseif current ~= new then
    moved[#moved + 1] = field
    moved[#moved + 1] = new
  end
end
if #moved > 0 then redis.call('HSET', KEYS[1], unpack(moved)) end
return mismatches

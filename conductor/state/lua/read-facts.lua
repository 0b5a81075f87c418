--[[
Reads what plans rest on of one batch as it stands at one moment: no essays, and no run book.

KEYS[1] meta: hash of revisions, registration, content and applied positions
KEYS[2] tally: hash, signature -> number of registered essays that have it
KEYS[3] marker: hash of the bucket, 'group|topic|partition' -> offset up to which all is applied
ARGV[1] field of the marker that stands while the bucket is complete
ARGV[2] and all that follow: fields of the marker
Returns JSON [meta, tally, marker values], hashes as objects of texts; '' while the bucket is incomplete. One text of three keys
        is read at a third of the cost of seven keys and a list
Effects none
]]
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 0 then return '' end

local function jsonOf(key)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return cjson.encode(fields)
end

local marks = ARGV[2] and cjson.encode(redis.call('HMGET', KEYS[3], unpack(ARGV, 2))) or '[]'
return '[' .. jsonOf(KEYS[1]) .. ',' .. jsonOf(KEYS[2]) .. ',' .. marks .. ']'

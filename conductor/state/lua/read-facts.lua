--[[
Reads what plans rest on of one batch as it stands at one moment: of essays nothing but names, and no run book.

KEYS[1] meta: hash of revisions, registration, content and applied positions
KEYS[2] tally: hash, signature -> number of registered essays that have it
KEYS[3] marker: hash of the bucket, 'group|topic|partition' -> offset up to which all is applied
KEYS[4] standing: sorted set of the registered essays, by the number of their signature
ARGV[1] field of the marker that stands while the bucket is complete
ARGV[2] how many essays of each signature are named
ARGV[3] and all that follow: fields of the marker
Returns JSON [meta, tally, marker values, signature -> ids], hashes as objects of texts; '' while the bucket is incomplete. One text is read
        at a third of the cost of a list
Effects none
]]
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 0 then return '' end

local function jsonOf(key)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return cjson.encode(fields)
end

local marks = ARGV[3] and cjson.encode(redis.call('HMGET', KEYS[3], unpack(ARGV, 3))) or '[]'
local named = named_in(KEYS[2], KEYS[4], tonumber(ARGV[2]))
return '[' .. jsonOf(KEYS[1]) .. ',' .. jsonOf(KEYS[2]) .. ',' .. marks .. ',' .. named .. ']'

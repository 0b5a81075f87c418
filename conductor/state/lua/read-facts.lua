--[[
Reads what plans rest on of some batches, each as it stands at one moment: of essays nothing but names, and no run book.

KEYS[1] and all that follow: of each batch, in fours
        meta: hash of revisions, registration, content and applied positions
        tally: hash, signature -> number of registered essays that have it
        marker: hash of the bucket, 'group|topic|partition' -> offset up to which all is applied
        standing: sorted set of the registered essays, by the number of their signature
ARGV[1] field of the marker that stands while the bucket is complete
ARGV[2] and all that follow: of each batch how many essays of each signature are named, how many fields of the marker are wanted, and
        these
Returns of each batch JSON [meta, tally, marker values, signature -> ids], hashes as objects of texts; '' while the bucket is
        incomplete. One text is read at a third of the cost of a list
Effects none
]]
local function jsonOf(key)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return cjson.encode(fields)
end

local function read(meta, tally, marker, standing, named, first, last)
  if redis.call('HEXISTS', marker, ARGV[1]) == 0 then return '' end
  local marks = first <= last and cjson.encode(redis.call('HMGET', marker, unpack(ARGV, first, last))) or '[]'
  return '[' .. jsonOf(meta) .. ',' .. jsonOf(tally) .. ',' .. marks .. ',' .. named_in(tally, standing, named) .. ']'
end

local replies, at = {}, 2
for key = 1, #KEYS, 4 do
  local last = at + 1 + tonumber(ARGV[at + 1])
  replies[#replies + 1] = read(KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], tonumber(ARGV[at]), at + 2, last)
  at = last + 1
end
if at ~= #ARGV + 1 then return redis.error_reply('the arguments are not those of the keys') end
return replies

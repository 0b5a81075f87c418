--[[
Reads one batch as it stands at one moment, without its essays but for the first few.

KEYS[1] meta: hash of revisions, registration, content and applied positions
KEYS[2] tally: hash, signature -> number of registered essays that have it
KEYS[3] book: hash of the run book's revision and JSON
KEYS[4] ids: list of the registered essays, in order
KEYS[5] essays: hash, essay id -> JSON record
KEYS[6] marker: hash of the bucket, 'group|topic|partition' -> offset up to which all is applied
KEYS[7] standing: sorted set of the registered essays, by the number of their signature
ARGV[1] field of the marker that stands while the bucket is complete
ARGV[2] how many essays
ARGV[3] 1 with the run book, 0 without
ARGV[4] how many essays of each signature are named
ARGV[5] and all that follow: fields of the marker
Returns { meta, tally, book or '', ids, records, marker values, signature -> ids }; what is an object as JSON of texts, since one
        text is read back far faster than a list of them; {} while the bucket is incomplete
Effects none
]]
if redis.call('HEXISTS', KEYS[6], ARGV[1]) == 0 then return {} end

local function jsonOf(key)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return cjson.encode(fields)
end

local ids, records, marks = {}, {}, {}
local count = tonumber(ARGV[2])
if count > 0 then ids = redis.call('LRANGE', KEYS[4], 0, count - 1) end
if #ids > 0 then records = redis.call('HMGET', KEYS[5], unpack(ids)) end
if ARGV[5] then marks = redis.call('HMGET', KEYS[6], unpack(ARGV, 5)) end
local book = ARGV[3] == '1' and redis.call('HGET', KEYS[3], 'json') or ''
return { jsonOf(KEYS[1]), jsonOf(KEYS[2]), book, ids, records, marks, named_in(KEYS[2], KEYS[7], tonumber(ARGV[4])) }

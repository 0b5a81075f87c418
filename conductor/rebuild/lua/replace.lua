--[[
Puts a batch that was projected anew in the place of the live one, unless that one has applied more of the log.

KEYS[1] meta: hash of revisions, registration, content and applied positions
KEYS[2] essays: hash, essay id -> JSON record
KEYS[3] ids: list of the registered essays, in order
KEYS[4] tally: hash, signature -> number of registered essays that have it
KEYS[5] book: hash of the run book's revision and JSON
KEYS[6] unarchived: sorted set of the bucket, batches by when they first changed since they were settled, milliseconds
KEYS[7] standing: sorted set of the registered essays, by the number of their signature
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] JSON of the batch: meta, positions, tally, ids, standing (signature and essay), essays and book, the last three as
        flat lists
ARGV[3] batch id
ARGV[4] 1 when the log is whole, so that what the archive has is to be replaced as well; 0 when it is to be merged
Returns 'replaced', or 'behind' and then nothing is done
Effects replaces all of the batch's keys, which then are to be archived; the revision only grows
]]
local meta, essays, ids, tally, book, standing = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[7]
local batch = cjson.decode(ARGV[2])
-- Even, since rows go in pairs; Lua's stack holds 8,000.
local CHUNK = 2000

local fields = redis.call('HGETALL', meta)
for i = 1, #fields, 2 do
  local place = fields[i]:match('^at:(.*)$')
  if place and tonumber(fields[i + 1]) > tonumber(batch.positions[place] or '-1') then return 'behind' end
end

local clock = tonumber(ARGV[1])
if not clock then
  local time = redis.call('TIME')
  clock = time[1] * 1000000 + time[2]
end
local before = tonumber(redis.call('HGET', meta, 'revision') or '0')
local revision = string.format('%.0f', math.max(before + 1, clock))

local function in_chunks(command, key, list)
  for first = 1, #list, CHUNK do
    redis.call(command, key, unpack(list, first, math.min(first + CHUNK - 1, #list)))
  end
end

local archived = redis.call('HGET', meta, 'archived')
redis.call('DEL', meta, essays, ids, tally, book, standing)
if archived and ARGV[4] == '1' then redis.call('HSET', meta, 'archived', archived) end
redis.call('HSET', meta, 'revision', revision, 'facts_revision', revision)
for field, value in pairs(batch.meta) do redis.call('HSET', meta, field, value) end
for place, offset in pairs(batch.positions) do redis.call('HSET', meta, 'at:' .. place, offset) end
for signature, count in pairs(batch.tally) do redis.call('HSET', tally, signature, string.format('%.0f', count)) end
in_chunks('RPUSH', ids, batch.ids)
for i = 1, #batch.standing, 2 do
  batch.standing[i] = number_of(batch.standing[i])
end
in_chunks('ZADD', standing, batch.standing)
in_chunks('HSET', essays, batch.essays)
in_chunks('HSET', book, batch.book)
redis.call('ZADD', KEYS[6], 'NX', string.format('%.0f', math.floor(clock / 1000)), ARGV[3])
redis.call('HSET', meta, 'unarchived', '1')
return 'replaced'

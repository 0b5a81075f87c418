--[[
Applies what one fetch says about one batch, all of it or nothing (invariants 2, 5, 6 and 10).

KEYS[1] meta: hash of revisions, registration, content and applied positions
KEYS[2] essays: hash, essay id -> JSON record { r = { register = { stamp, value } }, s = signature once registered }
KEYS[3] ids: list of the registered essays, in order
KEYS[4] tally: hash, signature -> number of registered essays that have it
KEYS[5] book: hash of the run book's revision and JSON
KEYS[6] marker: hash of the bucket; counts the writes of each consumer and partition
KEYS[7] unarchived: sorted set of the bucket, batches by when they first changed since they were settled, milliseconds
KEYS[8] standing: sorted set of the registered essays, by the number of their signature
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] flat JSON list of events, each the number of its facts and these: of an essay its id, the number of its writes and
        of each register, stamp and value as JSON; any other fact an object
ARGV[3] batch id
ARGV[4] flat JSON list of positions: 'topic|partition' and offset
ARGV[5] flat JSON list of fields of the marker that count this write, and how many writes of each were acknowledged before.
        What is as long as a list goes as one text: an argument of its own for each word was a tenth of a call
Returns revision, facts revision, 1 when something changed or 0, the new counts of writes with commas between, and what became of
        each fact, with a comma behind every event: a, applied; r, repeated; l, late; o, outranked; g, an older registration stands;
        b, an older book; blanks between. '' when writes that were acknowledged are missing, and then nothing is done
Effects merges registers, keeps tally and standing in step with records; when something changed raises the revisions, takes the expiry of
        all keys away, and notes that the batch is to be archived
]]
local call, format = redis.call, string.format
local meta_key, essays_key, ids_key, tally_key, book_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- One call takes at most so many arguments, since Lua's stack holds 8,000; even, since rows go in pairs.
local CHUNK = 2000
local function in_chunks(command, key, list)
  for first = 1, #list, CHUNK do
    call(command, key, unpack(list, first, math.min(first + CHUNK - 1, #list)))
  end
end
local function values_of(key, fields)
  if #fields <= CHUNK then return #fields > 0 and call('HMGET', key, unpack(fields)) or {} end
  local found = {}
  for first = 1, #fields, CHUNK do
    local some = call('HMGET', key, unpack(fields, first, math.min(first + CHUNK - 1, #fields)))
    for i = 1, #some do found[#found + 1] = some[i] end
  end
  return found
end

local positions, acknowledged = cjson.decode(ARGV[4]), cjson.decode(ARGV[5])
local counted, counts, writes = {}, {}, {}
for i = 1, #acknowledged, 2 do counted[#counted + 1] = acknowledged[i] end
for i, before in ipairs(values_of(KEYS[6], counted)) do
  local count = (tonumber(before) or 0) + 1
  if count <= acknowledged[2 * i] then return '' end
  writes[i] = format('%.0f', count)
  counts[2 * i - 1], counts[2 * i] = counted[i], writes[i]
end
in_chunks('HSET', KEYS[6], counts)

local records, dirty = {}, {}
local facts_changed, book_changed = false, false

local function load(ids)
  for i, text in ipairs(values_of(essays_key, ids)) do
    local id = ids[i]
    records[id] = records[id] or record_of(text)
  end
end

local function touch(id)
  local record = records[id]
  if not record.is_dirty then
    record.is_dirty = true
    dirty[#dirty + 1] = id
  end
  return record
end

local events = cjson.decode(ARGV[2])

-- The essay's id stands at this place of the events; answers what became of the fact, and the place behind it.
local function apply_essay(at)
  local id, last, result = events[at], at + 1 + 3 * events[at + 1], nil
  local record = records[id]
  for i = at + 2, last, 3 do
    local outcome = write(record, events[i], events[i + 1], events[i + 2])
    if outcome == 'a' then
      touch(id)
      facts_changed = true
    end
    result = result or outcome
  end
  return result or 'r', last + 1
end

local apply = {}

function apply.batch(fact)
  local result
  for _, written in ipairs(fact.writes) do
    local register, stamp = written[1], written[2]
    local outcome = outcome_of(call('HGET', meta_key, register), stamp)
    if outcome == 'a' then
      call('HSET', meta_key, register, stamp)
      facts_changed = true
    end
    result = result or outcome
  end
  return result or 'r'
end

-- Of two registrations the earlier one stands, whichever came first.
function apply.registration(fact)
  local current = call('HGET', meta_key, 'registered_by')
  if current and fact.stamp == current then return 'r' end
  if current and fact.stamp > current then return 'g' end
  local former = call('LRANGE', ids_key, 0, -1)
  load(former)
  load(fact.essayIds)
  for _, id in ipairs(former) do touch(id).s = nil end
  call('DEL', ids_key)
  in_chunks('RPUSH', ids_key, fact.essayIds)
  for _, id in ipairs(fact.essayIds) do
    local record = touch(id)
    record.s = signature_of(record.r)
  end
  call('HSET', meta_key, 'registered_by', fact.stamp, 'registration', fact.registration)
  facts_changed = true
  return 'a'
end

function apply.book(fact)
  local current = call('HGET', book_key, 'revision')
  if current == fact.revision then return 'r' end
  if current and tonumber(current) > tonumber(fact.revision) then return 'b' end
  call('HSET', book_key, 'revision', fact.revision, 'json', fact.book)
  book_changed = true
  return 'a'
end

function apply.archived(fact)
  call('HSET', meta_key, 'archived', fact.revision)
  return 'a'
end

local mentioned, at = {}, 1
while at <= #events do
  local facts = events[at]
  at = at + 1
  for _ = 1, facts do
    if type(events[at]) == 'string' then
      mentioned[#mentioned + 1] = events[at]
      at = at + 2 + 3 * events[at + 1]
    else
      at = at + 1
    end
  end
end
load(mentioned)

local results = {}
at = 1
while at <= #events do
  local facts = events[at]
  at = at + 1
  for _ = 1, facts do
    local fact = events[at]
    if type(fact) == 'string' then
      results[#results + 1], at = apply_essay(at)
    else
      results[#results + 1], at = apply[fact.kind](fact), at + 1
    end
  end
  results[#results + 1] = ','
end

local moved, rows, numbers, standing, gone = {}, {}, {}, {}, {}
for i = 1, #dirty do
  local id = dirty[i]
  local record = records[id]
  local before, after = record.was, record.s
  if before ~= after then
    if before then moved[before] = (moved[before] or 0) - 1 end
    if after then
      moved[after] = (moved[after] or 0) + 1
      numbers[after] = numbers[after] or number_of(after)
      standing[#standing + 1], standing[#standing + 2] = numbers[after], id
    else
      gone[#gone + 1] = id
    end
  end
  rows[2 * i - 1], rows[2 * i] = id, text_of(record)
end
in_chunks('HSET', essays_key, rows)
in_chunks('ZADD', KEYS[8], standing)
in_chunks('ZREM', KEYS[8], gone)
for sig, by in pairs(moved) do
  if by ~= 0 and call('HINCRBY', tally_key, sig, by) == 0 then call('HDEL', tally_key, sig) end
end

local asked, meta = { 'revision', 'facts_revision', 'archived', 'unarchived' }, {}
local others = #asked
for i = 1, #positions, 2 do asked[#asked + 1] = 'at:' .. positions[i] end
local known = values_of(meta_key, asked)
for i = others + 1, #asked do
  local offset = positions[2 * (i - others)]
  if not known[i] or tonumber(known[i]) < offset then
    meta[#meta + 1], meta[#meta + 2] = asked[i], format('%.0f', offset)
  end
end

local revision, facts_revision = known[1] or '0', known[2] or '0'
local changed = facts_changed or book_changed
if changed then
  local clock = tonumber(ARGV[1])
  if not clock then
    local time = call('TIME')
    clock = time[1] * 1000000 + time[2]
  end
  -- Numbers print with 14 digits: a revision is text. It grows beyond what the archive has, too.
  local before = math.max(tonumber(revision), tonumber(known[3] or '0'))
  revision = format('%.0f', math.max(before + 1, clock))
  if facts_changed then facts_revision = revision end
  meta[#meta + 1], meta[#meta + 2], meta[#meta + 3], meta[#meta + 4] = 'revision', revision, 'facts_revision', facts_revision
  -- The first change since the batch was settled: with it all keys stop to expire, and it is listed. The others cost nothing.
  if not known[4] then
    for _, key in ipairs({ meta_key, essays_key, ids_key, tally_key, book_key, KEYS[8] }) do call('PERSIST', key) end
    call('ZADD', KEYS[7], format('%.0f', math.floor(clock / 1000)), ARGV[3])
    meta[#meta + 1], meta[#meta + 2] = 'unarchived', '1'
  end
end
in_chunks('HSET', meta_key, meta)
-- Nothing is known of the batch but that something was read which said nothing: the marker soon says that as well.
if revision == '0' then call('PEXPIRE', meta_key, 86400000) end
return table.concat({ revision, facts_revision, changed and '1' or '0', table.concat(writes, ','), table.concat(results) }, ' ')

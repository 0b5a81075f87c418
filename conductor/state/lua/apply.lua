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
ARGV[2] JSON list of events, each a list of facts
ARGV[3] JSON object, 'topic|partition' -> offset as text
ARGV[4] batch id
ARGV[5] and all that follow, in pairs: a field of the marker that counts this write, and how many writes of that field
        were acknowledged before
Returns JSON { revision, facts_revision, changed, results, writes }, results[i] counting the facts of event i by what
        became of them: applied, repeated, late, outranked, older_registration, older_book; '' when writes that were
        acknowledged are missing, and then nothing is done
Effects merges registers, keeps tally and standing in step with records; when something changed raises the revisions, takes the expiry of
        all keys away, and notes that the batch is to be archived
]]
local writes, lost = {}, false
for i = 5, #ARGV, 2 do
  local count = redis.call('HINCRBY', KEYS[6], ARGV[i], 1)
  writes[#writes + 1] = count
  lost = lost or count <= tonumber(ARGV[i + 1])
end
if lost then
  for i = 5, #ARGV, 2 do redis.call('HINCRBY', KEYS[6], ARGV[i], -1) end
  return ''
end
local meta_key, essays_key, ids_key, tally_key, book_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- One call takes at most so many arguments, since Lua's stack holds 8,000; even, since rows go in pairs.
local CHUNK = 2000
local function in_chunks(command, key, list)
  for first = 1, #list, CHUNK do
    redis.call(command, key, unpack(list, first, math.min(first + CHUNK - 1, #list)))
  end
end

local records, was, dirty = {}, {}, {}
local facts_changed, book_changed = false, false

local function load(ids)
  for first = 1, #ids, CHUNK do
    local last = math.min(first + CHUNK - 1, #ids)
    local found = redis.call('HMGET', essays_key, unpack(ids, first, last))
    for i = first, last do
      local id = ids[i]
      if not records[id] then
        records[id] = found[i - first + 1] and cjson.decode(found[i - first + 1]) or { r = {} }
        was[id] = records[id].s
      end
    end
  end
end

-- The rank is a stamp's first character, so a larger stamp is never of a lower rank. All stamps have their digits and
-- dashes in the same places, so that they compare alike in every locale.
local function merge(current, stamp)
  if not current or stamp > current then return 'applied' end
  return stamp == current and 'repeated' or stamp:sub(1, 1) < current:sub(1, 1) and 'outranked' or 'late'
end

local apply = {}

function apply.essay(fact)
  local record, result = records[fact.essayId], nil
  for _, write in ipairs(fact.writes) do
    local current = record.r[write[1]]
    local outcome = merge(current and current[1], write[2])
    if outcome == 'applied' then
      record.r[write[1]] = { write[2], write[3] }
      dirty[fact.essayId], facts_changed = true, true
    end
    result = result or outcome
  end
  return result
end

function apply.batch(fact)
  local result
  for _, write in ipairs(fact.writes) do
    local outcome = merge(redis.call('HGET', meta_key, write[1]) or nil, write[2])
    if outcome == 'applied' then
      redis.call('HSET', meta_key, write[1], write[2])
      facts_changed = true
    end
    result = result or outcome
  end
  return result
end

-- Of two registrations the earlier one stands, whichever came first.
function apply.registration(fact)
  local current = redis.call('HGET', meta_key, 'registered_by')
  if current and fact.stamp == current then return 'repeated' end
  if current and fact.stamp > current then return 'older_registration' end
  local former = redis.call('LRANGE', ids_key, 0, -1)
  load(former)
  load(fact.essayIds)
  for _, id in ipairs(former) do records[id].s, dirty[id] = nil, true end
  redis.call('DEL', ids_key)
  in_chunks('RPUSH', ids_key, fact.essayIds)
  for _, id in ipairs(fact.essayIds) do records[id].s, dirty[id] = '', true end
  redis.call('HSET', meta_key, 'registered_by', fact.stamp, 'registration', fact.registration)
  facts_changed = true
  return 'applied'
end

function apply.book(fact)
  local current = redis.call('HGET', book_key, 'revision')
  if current == fact.revision then return 'repeated' end
  if current and tonumber(current) > tonumber(fact.revision) then return 'older_book' end
  redis.call('HSET', book_key, 'revision', fact.revision, 'json', fact.book)
  book_changed = true
  return 'applied'
end

function apply.archived(fact)
  redis.call('HSET', meta_key, 'archived', fact.revision)
  return 'applied'
end

local function signature(record)
  local parts = {}
  for name, register in pairs(record.r) do
    local phase = name:match('^phase:([^:]+)$')
    if phase then
      local succeeded = register[1]:sub(1, 1) == '1'
      parts[#parts + 1] = phase .. (succeeded and '+' or record.r[name .. ':listed'] and '-' or '~')
    end
  end
  table.sort(parts)
  local content = record.r.content
  if content and content[1]:sub(1, 1) == '0' then table.insert(parts, 1, '!') end
  return table.concat(parts, ',')
end

local events = cjson.decode(ARGV[2])
local mentioned = {}
for _, facts in ipairs(events) do
  for _, fact in ipairs(facts) do
    if fact.kind == 'essay' then mentioned[#mentioned + 1] = fact.essayId end
  end
end
load(mentioned)

local results = {}
for i, facts in ipairs(events) do
  results[i] = {}
  for _, fact in ipairs(facts) do
    local result = apply[fact.kind](fact)
    results[i][result] = (results[i][result] or 0) + 1
  end
end

local moved, rows, numbers, standing, gone = {}, {}, {}, {}, {}
for id in pairs(dirty) do
  local record = records[id]
  local before, after = was[id], record.s and signature(record)
  record.s = after or nil
  if before ~= record.s then
    if before then moved[before] = (moved[before] or 0) - 1 end
    if after then
      moved[after] = (moved[after] or 0) + 1
      numbers[after] = numbers[after] or number_of(after)
      standing[#standing + 1], standing[#standing + 2] = numbers[after], id
    else
      gone[#gone + 1] = id
    end
  end
  rows[#rows + 1], rows[#rows + 2] = id, cjson.encode(record)
end
in_chunks('HSET', essays_key, rows)
in_chunks('ZADD', KEYS[8], standing)
in_chunks('ZREM', KEYS[8], gone)
for sig, by in pairs(moved) do
  if by ~= 0 and redis.call('HINCRBY', tally_key, sig, by) == 0 then redis.call('HDEL', tally_key, sig) end
end

for partition, offset in pairs(cjson.decode(ARGV[3])) do
  local field = 'at:' .. partition
  local current = redis.call('HGET', meta_key, field)
  if not current or tonumber(current) < tonumber(offset) then redis.call('HSET', meta_key, field, offset) end
end

local known = redis.call('HMGET', meta_key, 'revision', 'facts_revision', 'archived', 'unarchived')
local revision, facts_revision = known[1] or '0', known[2] or '0'
local changed = facts_changed or book_changed
if changed then
  local clock = tonumber(ARGV[1])
  if not clock then
    local time = redis.call('TIME')
    clock = time[1] * 1000000 + time[2]
  end
  -- Numbers print with 14 digits: a revision is text. It grows beyond what the archive has, too.
  local before = math.max(tonumber(revision), tonumber(known[3] or '0'))
  revision = string.format('%.0f', math.max(before + 1, clock))
  if facts_changed then facts_revision = revision end
  redis.call('HSET', meta_key, 'revision', revision, 'facts_revision', facts_revision)
  -- The first change since the batch was settled: with it all keys stop to expire, and it is listed. The others cost nothing.
  if not known[4] then
    for _, key in ipairs({ meta_key, essays_key, ids_key, tally_key, book_key, KEYS[8] }) do redis.call('PERSIST', key) end
    redis.call('ZADD', KEYS[7], string.format('%.0f', math.floor(clock / 1000)), ARGV[4])
    redis.call('HSET', meta_key, 'unarchived', '1')
  end
elseif revision == '0' then
  -- Nothing is known of the batch but that something was read which said nothing: the marker soon says that as well.
  redis.call('PEXPIRE', meta_key, 86400000)
end
return cjson.encode({
  revision = revision, facts_revision = facts_revision, changed = changed, results = results,
  writes = #writes > 0 and writes or nil,
})

--[[
What all transitions of a batch's book share: opening it, saying things into the outbox, closing it. It stands before each
transition's own script, which calls open and ends with close.

The field '#written' of a bucket's outbox is its mark: when the bucket was last written to, in microseconds. Whoever calls a
transition says the newest mark that was seen there.

Returns nothing by itself
Effects none by itself; close writes book, outbox and timers
]]
local null = cjson.null
local BOOK_LIMIT = 20
local SWEEP_AFTER_US = 2000000
local PLAN_AGAIN_MS = 30000
local DOUBT_AGAIN_MS = 1000
local HELD_US = 9000000000000000
local t = {}

local function microseconds(text)
  if text ~= '' then return tonumber(text) end
  local clock = redis.call('TIME')
  return clock[1] * 1000000 + clock[2]
end

local function text_of(number) return string.format('%.0f', number) end

local function new_book(batch_id)
  return {
    batch_id = batch_id, revision = '0', user_id = null, org_id = null, content = 'pending', runs = {}, requests = {},
    registration = null, is_regular = false, positions = {}, pending = null, requested = {}, forgotten_at = 0,
    assignment_id = null, prompt_ref = null, matching = 'none', cancels = {}, outbox = {}, seq = 0, book_entry = 0, book_revision = '0',
  }
end

local function open_anyway(book_key, batch_id, clock)
  local stored = redis.call('GET', book_key)
  local found = stored and cjson.decode(stored)
  t.shelved = found and found.shelved
  t.book = found or new_book(batch_id)
  if t.shelved then
    t.book = new_book(batch_id)
    t.book.revision, t.book.book_revision = found.revision, found.book_revision
    if found.registered then t.book.registration = '' end
  end
  t.now_us = microseconds(clock)
  t.now = math.floor(t.now_us / 1000)
  t.previous = t.book.revision
  -- Raised first, so that the book that is said names the revision that it will have.
  t.book.revision = text_of(math.max(tonumber(t.book.revision) + 1, t.now_us))
  t.added, t.timers, t.changed = {}, {}, false
  return t.book
end

local function mark_of(outbox_key) return tonumber(redis.call('HGET', outbox_key, '#written') or 0) end

-- A bucket that does not say that it is alive was lost, and one that was written to last before what the caller has seen
-- has lost some of its writes, as a failover does: nothing is decided on it until it is restored.
local function open(book_key, outbox_key, alive_key, batch_id, clock, seen)
  if mark_of(outbox_key) < tonumber(seen) and redis.call('GET', alive_key) == 'yes' then redis.call('DEL', alive_key) end
  if redis.call('GET', alive_key) ~= 'yes' then error({ err = 'CATCHINGUP the bucket is being restored' }) end
  local book = open_anyway(book_key, batch_id, clock)
  if t.shelved then error({ err = 'SHELVED the archive has the book' }) end
  return book
end

-- The book may go to the archive once it has been left alone for long.
local function ages(aging_key) redis.call('ZADD', aging_key, 'NX', text_of(t.now), t.book.batch_id) end

local function say(entry)
  t.changed = true
  t.book.seq = t.book.seq + 1
  entry.seq, entry.at = t.book.seq, t.now
  table.insert(t.book.outbox, entry.seq)
  table.insert(t.added, entry)
end

local function say_book(cause, correlation_id)
  t.changed = true
  if t.book.book_entry == 0 then
    say({ kind = 'book', cause = cause, correlation_id = correlation_id })
    t.book.book_entry = t.book.seq
  end
  t.book.book_revision = t.book.revision
end

-- Keeps the last of a list, and what must not go; gives what fell out.
local function keep_last(list, must_stay)
  local dropped = {}
  while #list > BOOK_LIMIT do
    local i = 1
    while must_stay and must_stay(list[i]) do i = i + 1 end
    table.insert(dropped, table.remove(list, i))
  end
  return dropped
end

-- The pending request is looked at again: until it is decided, a timer stands for it.
local function look_again(ms)
  t.book.pending.due = t.now + ms
  t.timers.wait = t.book.pending.due * 1000
end

local function request_of(id)
  for _, request in ipairs(t.book.requests) do
    if request.request_id == id then return request end
  end
end

local function pending_request()
  return t.book.pending ~= null and request_of(t.book.pending.request_id) or nil
end

local function active_run()
  local last = t.book.runs[#t.book.runs]
  return last and last.status == 'processing' and last or nil
end

local function refuse(id, reason, detail, credits)
  local request = request_of(id)
  if not request then return end
  request.verdict, request.reason, request.detail, request.decided_at = 'refused', reason, detail, t.now
  if t.book.pending ~= null and t.book.pending.request_id == id then
    t.book.pending = null
    t.timers.wait = false
  end
  say_book(id, request.correlation_id)
  say({
    kind = 'refused', cause = id, correlation_id = request.correlation_id, request_id = id, credits = credits or null,
  })
end

local function note(position)
  local known = t.book.positions[position.place]
  if known and known >= position.offset then return end
  t.book.positions[position.place] = position.offset
  t.changed = true
end

local function set_of(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

-- What waits has its timer, whatever the transition was: so nothing that waits depends on anybody's memory.
local function set_timers(key, id)
  local deadline, held = nil, false
  local run = active_run()
  for _, phase in ipairs(run and run.phases or {}) do
    if phase.deadline_at ~= null then deadline = math.min(deadline or phase.deadline_at, phase.deadline_at) end
    held = held or phase.paused
  end
  t.timers.deadline = deadline and deadline * 1000 or false
  if not held then t.timers.held = false end
  if #t.book.outbox == 0 then t.timers.outbox = false end
  for kind, due in pairs(t.timers) do
    if due then
      redis.call('ZADD', key, text_of(due), kind .. '|' .. id)
    else
      redis.call('ZREM', key, kind .. '|' .. id)
    end
  end
  if #t.book.outbox > 0 then redis.call('ZADD', key, 'NX', text_of(t.now_us + SWEEP_AFTER_US), 'outbox|' .. id) end
  if held then redis.call('ZADD', key, 'NX', text_of(HELD_US), 'held|' .. id) end
end

local function close(book_key, outbox_key, timers_key, reply)
  local book = t.book
  local id = book.batch_id
  if not t.changed then book.revision = t.previous end
  local json = cjson.encode(book)
  local mark = mark_of(outbox_key)
  if t.changed then
    mark = math.max(mark + 1, t.now_us)
    redis.call('HSET', outbox_key, '#written', text_of(mark))
    redis.call('SET', book_key, json)
    for _, entry in ipairs(t.added) do
      redis.call('HSET', outbox_key, entry.seq .. '|' .. id, cjson.encode(entry))
    end
  end
  set_timers(timers_key, id)
  local answer = { reply, text_of(mark), json }
  for _, seq in ipairs(book.outbox) do
    table.insert(answer, redis.call('HGET', outbox_key, seq .. '|' .. id))
  end
  return answer
end

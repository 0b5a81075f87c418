--[[
What all transitions of a batch's book share: opening it, saying things into the outbox, moving a run on, closing it. It
stands before each transition's own script, which calls open and ends with close.

Returns nothing by itself
Effects none by itself; close writes book, outbox and timers
]]
local null = cjson.null
local BOOK_LIMIT = 20
local SWEEP_AFTER_US = 2000000
local PLAN_AGAIN_MS = 30000
local t = {}

local function microseconds(text)
  if text ~= '' then return tonumber(text) end
  local clock = redis.call('TIME')
  return clock[1] * 1000000 + clock[2]
end

local function text_of(number) return string.format('%.0f', number) end

local function open(book_key, batch_id, clock)
  local stored = redis.call('GET', book_key)
  t.book = stored and cjson.decode(stored) or {
    batch_id = batch_id, revision = '0', user_id = null, org_id = null, content = 'pending', runs = {}, requests = {},
    registration = null, is_regular = false, positions = {}, pending = null, requested = {}, forgotten_at = 0,
    prompt = null, outbox = {}, seq = 0, book_entry = 0, book_revision = '0',
  }
  t.now_us = microseconds(clock)
  t.now = math.floor(t.now_us / 1000)
  t.previous = t.book.revision
  -- Raised first, so that the book that is said names the revision that it will have.
  t.book.revision = text_of(math.max(tonumber(t.book.revision) + 1, t.now_us))
  t.added, t.timers, t.changed = {}, {}, false
  return t.book
end

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

local function refuse(id, reason, detail)
  local request = request_of(id)
  if not request then return end
  request.verdict, request.reason, request.detail, request.decided_at = 'refused', reason, detail, t.now
  if t.book.pending ~= null and t.book.pending.request_id == id then
    t.book.pending = null
    t.timers.wait = false
  end
  say_book(id, request.correlation_id)
  say({ kind = 'refused', cause = id, correlation_id = request.correlation_id, request_id = id })
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

local function is_open(status) return status == 'pending' or status == 'running' end

local function dependencies_ended(run, depends_on)
  for _, phase in ipairs(run.phases) do
    if depends_on[phase.phase] and is_open(phase.status) then return false end
  end
  return true
end

-- An essay goes on when it succeeded in each dependency that this run planned it for.
local function essays_for(run, phase, depends_on)
  local held_back = {}
  for _, other in ipairs(run.phases) do
    if depends_on[other.phase] then
      for _, id in ipairs(other.planned) do
        if not other.done[id] then held_back[id] = true end
      end
    end
  end
  local essays = {}
  for _, id in ipairs(phase.planned) do
    if not held_back[id] then table.insert(essays, id) end
  end
  return essays
end

local function give_up(phase)
  phase.status, phase.completed_at = 'skipped_due_to_dependency_failure', t.now
end

local function command(run, phase, essays, cause)
  phase.status, phase.attempt, phase.commanded_at = 'running', phase.attempt + 1, t.now
  phase.total, phase.essay_ids = #essays, essays
  local named = {}
  for i, id in ipairs(essays) do named[i] = { id, run.texts[id] or '' } end
  say({
    kind = 'command', cause = cause, correlation_id = run.correlation_id, run_id = run.run_id, phase = phase.phase,
    attempt = phase.attempt, essays = named, message = run.message,
  })
end

local function finish(run, cause)
  local failed, count = {}, 0
  for _, phase in ipairs(run.phases) do
    if phase.decision == 'run' then
      for _, id in ipairs(phase.planned) do
        if not phase.done[id] and not failed[id] then failed[id], count = true, count + 1 end
      end
    end
  end
  run.failed_essay_count, run.completed_at, run.texts = count, t.now, {}
  run.status = run.failing and 'failed' or count > 0 and 'completed_with_failures' or 'completed_successfully'
  for _, phase in ipairs(run.phases) do phase.planned, phase.done = {}, {} end
  say({ kind = 'ended', cause = cause, correlation_id = run.correlation_id, run_id = run.run_id })
end

-- Starts whatever can be started now, and ends the run when nothing is left.
local function advance(run, cause)
  local running = 0
  for _, phase in ipairs(run.phases) do
    if phase.status == 'running' then running = running + 1 end
  end
  for _, phase in ipairs(run.phases) do
    if phase.status == 'pending' then
      local depends_on = set_of(phase.depends_on)
      if run.failing then
        give_up(phase)
      elseif (run.execution ~= 'sequential' or running == 0) and dependencies_ended(run, depends_on) then
        local essays = essays_for(run, phase, depends_on)
        if #essays == 0 then
          give_up(phase)
        else
          command(run, phase, essays, cause)
          running = running + 1
        end
      end
    end
  end
  for _, phase in ipairs(run.phases) do
    if is_open(phase.status) then return end
  end
  finish(run, cause)
end

local function close(book_key, outbox_key, timers_key, reply)
  local book = t.book
  local id = book.batch_id
  if not t.changed then book.revision = t.previous end
  local json = cjson.encode(book)
  if t.changed then
    redis.call('SET', book_key, json)
    for _, entry in ipairs(t.added) do
      redis.call('HSET', outbox_key, entry.seq .. '|' .. id, cjson.encode(entry))
    end
  end
  if t.timers.wait then redis.call('ZADD', timers_key, text_of(t.timers.wait), 'wait|' .. id) end
  if t.timers.wait == false then redis.call('ZREM', timers_key, 'wait|' .. id) end
  if #book.outbox > 0 then
    redis.call('ZADD', timers_key, 'NX', text_of(t.now_us + SWEEP_AFTER_US), 'outbox|' .. id)
  else
    redis.call('ZREM', timers_key, 'outbox|' .. id)
  end
  local answer = { reply, json }
  for _, seq in ipairs(book.outbox) do
    table.insert(answer, redis.call('HGET', outbox_key, seq .. '|' .. id))
  end
  return answer
end

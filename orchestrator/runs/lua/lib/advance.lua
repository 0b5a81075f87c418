--[[
How a run moves on: attempts are opened and closed, phases are given up or held back, and the run ends. It stands between
the shared pieces of all transitions and the scripts of those that move a run.

Returns nothing by itself
Effects none by itself; it changes the open book
]]
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
  phase.status, phase.paused, phase.completed_at = 'skipped_due_to_dependency_failure', false, t.now
end

local function command(run, phase, essays, cause)
  phase.status, phase.attempt, phase.commanded_at = 'running', phase.attempt + 1, t.now
  phase.deadline_at, phase.total, phase.essay_ids = t.now + phase.timeout_ms, #essays, essays
  local named = {}
  for i, id in ipairs(essays) do named[i] = { id, run.texts[id] or '' } end
  say({
    kind = 'command', cause = cause, correlation_id = run.correlation_id, run_id = run.run_id, phase = phase.phase,
    attempt = phase.attempt, essays = named, message = run.message,
  })
end

-- Measured against all that the phase is about, also what had succeeded before: as the conductor plans.
local function meets_minimum(phase)
  local good = phase.already + phase.succeeded
  return good > 0 and good * 100 >= phase.min_percent * (phase.already + phase.total)
end

-- Closes the open attempt: commanded essays without a text in `succeeded` have failed. The minimum decides what follows.
local function end_attempt(run, phase, succeeded, problem)
  for _, id in ipairs(phase.essay_ids) do
    if succeeded[id] then
      phase.done[id] = true
      phase.succeeded = phase.succeeded + 1
      if phase.produces_text then run.texts[id] = succeeded[id] end
    end
  end
  phase.failed, phase.error = phase.total - phase.succeeded, problem
  phase.completed_at, phase.deadline_at, phase.essay_ids = t.now, null, {}
  if phase.failed == 0 then
    phase.status = 'completed_successfully'
  elseif meets_minimum(phase) then
    phase.status = 'completed_with_failures'
  else
    phase.status, run.failing = 'failed', true
  end
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

-- The phases that are held back, by what the bucket knows of the log's pauses.
local function paused_phases(key)
  local paused = {}
  for _, json in ipairs(redis.call('HVALS', key)) do
    local pause = cjson.decode(json)
    paused[pause.phase] = pause.paused
  end
  return paused
end

-- Starts whatever can be started now, and ends the run when nothing is left.
local function advance(run, cause, paused)
  local busy = 0
  for _, phase in ipairs(run.phases) do
    if phase.status == 'running' or phase.paused then busy = busy + 1 end
  end
  for _, phase in ipairs(run.phases) do
    if phase.status == 'pending' then
      local depends_on, was_paused = set_of(phase.depends_on), phase.paused
      if run.failing then
        give_up(phase)
      elseif (run.execution ~= 'sequential' or busy == 0 or was_paused) and dependencies_ended(run, depends_on) then
        local essays = essays_for(run, phase, depends_on)
        phase.paused = #essays > 0 and paused[phase.phase] == true
        if #essays == 0 then
          give_up(phase)
        elseif not phase.paused then
          command(run, phase, essays, cause)
        end
        if was_paused then busy = busy - 1 end
        if phase.paused or phase.status == 'running' then busy = busy + 1 end
      end
    end
  end
  for _, phase in ipairs(run.phases) do
    if is_open(phase.status) then return end
  end
  finish(run, cause)
end

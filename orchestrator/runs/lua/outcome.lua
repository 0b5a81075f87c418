--[[
Takes in that a phase of the batch has ended; if it is the attempt that is open, the run moves on.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
KEYS[5] pauses: hash of the bucket, phase -> what the log said last about it, JSON
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: cause, correlation_id, phase, processed, failed, at, position
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects the attempt ends, and with it the run or the next phases start
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])

-- An outcome names no run. It counts with this run's correlation id, when no other run has that too, or when it covers
-- every commanded essay and is not older than the command.
local function counts(run, phase, texts)
  local reused = false
  for _, other in ipairs(book.runs) do
    if other.run_id ~= run.run_id and other.correlation_id == run.correlation_id then reused = true end
  end
  if input.correlation_id == run.correlation_id and not reused then return true end
  local failed = set_of(input.failed)
  for _, id in ipairs(phase.essay_ids) do
    if not texts[id] and not failed[id] then return false end
  end
  return input.at >= phase.commanded_at
end

local function apply()
  if book.registration == null then return 'unknown_batch' end
  note(input.position)
  local run, phase = active_run(), nil
  for _, candidate in ipairs(run and run.phases or {}) do
    if candidate.phase == input.phase and candidate.status == 'running' then phase = candidate end
  end
  local texts = {}
  for _, essay in ipairs(input.processed) do texts[essay[1]] = essay[2] end
  if not phase or not counts(run, phase, texts) then return 'stale' end

  local failed, problem = set_of(input.failed), null
  for _, id in ipairs(phase.essay_ids) do
    if not texts[id] and not failed[id] then problem = 'not_reported' end
  end
  end_attempt(run, phase, texts, problem)
  say_book(input.cause, run.correlation_id)
  advance(run, input.cause, paused_phases(KEYS[5]))
  return 'applied'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

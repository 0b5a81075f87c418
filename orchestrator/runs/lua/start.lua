--[[
Makes the pending request a run, with the plan's essays frozen in it, and starts what can be started.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
KEYS[5] pauses: hash of the bucket, phase -> what the log said last about it, JSON
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: request_id, run_id, execution, plan_revision, phases, texts, essay_count, refused_essay_count, refused_essays, message
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects a run is added and moved on; skipped phases, the start, commands or the end are said
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])

local function phase_of(plan)
  return {
    phase = plan.phase, decision = plan.decision, reason = plan.reason, depends_on = plan.depends_on,
    min_percent = plan.min_percent, already = plan.already, produces_text = plan.produces_text, planned = plan.planned,
    done = {}, status = plan.decision == 'run' and 'pending' or 'skipped', attempt = 0, total = 0, succeeded = 0, failed = 0,
    commanded_at = null, completed_at = null, deadline_at = null, error = null, paused = false, essay_ids = {},
    timeout_ms = plan.timeout_ms, attempts = plan.attempts,
  }
end

local function apply()
  for _, run in ipairs(book.runs) do
    if run.run_id == input.run_id then return 'started' end
  end
  local request = pending_request()
  if not request or request.request_id ~= input.request_id then return 'decided' end
  request.verdict, request.run_id, request.decided_at = 'accepted', input.run_id, t.now
  book.pending = null
  t.timers.wait = false
  local run = {
    run_id = input.run_id, request_id = input.request_id, correlation_id = request.correlation_id,
    requested_pipeline = request.requested_pipeline, user_id = request.user_id, is_retry = request.is_retry,
    plan_revision = input.plan_revision, status = 'processing', execution = input.execution, phases = {},
    essay_count = input.essay_count, failed_essay_count = 0, refused_essay_count = input.refused_essay_count,
    refused_essays = input.refused_essays, started_at = t.now, completed_at = null,
    texts = input.texts, message = input.message, failing = false,
  }
  for i, plan in ipairs(input.phases) do run.phases[i] = phase_of(plan) end
  -- Only the newest run names them: twenty such lists would outgrow a message.
  for _, earlier in ipairs(book.runs) do earlier.refused_essays = {} end
  table.insert(book.runs, run)
  keep_last(book.runs)
  say_book(input.request_id, run.correlation_id)
  local works = false
  for _, phase in ipairs(run.phases) do
    if phase.decision == 'skip' then
      say({ kind = 'skipped', cause = input.request_id, correlation_id = run.correlation_id, phase = phase.phase })
    else
      works = true
    end
  end
  if works then
    say({ kind = 'started', cause = input.request_id, correlation_id = run.correlation_id, run_id = run.run_id })
  end
  advance(run, input.request_id, paused_phases(KEYS[5]))
  return 'started'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

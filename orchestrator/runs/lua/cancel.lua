--[[
Ends the active run, or the request that waits; late results are facts only, since no attempt is open.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: request_id, correlation_id, run_id, reason
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects the end is said; a repeat of the call changes nothing
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])

local DETAIL = {
  cancelled = 'The request was cancelled.',
  too_large = 'What is to be said of this batch does not fit a message.',
}

local function apply()
  if book.registration == null then return 'unknown_batch' end
  if set_of(book.cancels)[input.request_id] then return 'cancelled' end
  local run = active_run()
  if input.run_id ~= null and not (run and run.run_id == input.run_id) then return 'nothing_active' end
  if not run and book.pending == null then return 'nothing_active' end
  t.changed = true
  table.insert(book.cancels, input.request_id)
  keep_last(book.cancels)
  if book.pending ~= null then refuse(book.pending.request_id, input.reason, DETAIL[input.reason]) end
  if not run then return 'cancelled' end
  local is_failure = input.reason ~= 'cancelled'
  for _, phase in ipairs(run.phases) do
    if is_open(phase.status) then
      phase.status, phase.failed = is_failure and 'failed' or 'cancelled', phase.total
      phase.paused, phase.completed_at = false, t.now
      if is_failure then phase.error = input.reason end
      phase.deadline_at, phase.essay_ids = null, {}
    end
  end
  say_book(input.request_id, input.correlation_id)
  finish(run, input.request_id)
  run.status = is_failure and 'failed' or 'cancelled'
  return 'cancelled'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

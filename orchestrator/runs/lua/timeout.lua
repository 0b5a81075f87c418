--[[
Ends attempts whose deadline has passed, or commands them again where the phase allows it.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
KEYS[5] pauses: hash of the bucket, phase -> what the log said last about it, JSON
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects the run moves on; before the deadline nothing changes
]]
open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[3])

local function apply()
  local run, late = active_run(), {}
  for _, phase in ipairs(run and run.phases or {}) do
    if phase.deadline_at ~= null and phase.deadline_at <= t.now then table.insert(late, phase) end
  end
  if #late == 0 then return 'waiting' end
  say_book(run.run_id, run.correlation_id)
  for _, phase in ipairs(late) do
    if phase.attempt < phase.attempts then
      command(run, phase, phase.essay_ids, run.run_id)
    else
      end_attempt(run, phase, {}, 'timed_out')
    end
  end
  advance(run, run.run_id, paused_phases(KEYS[5]))
  return 'applied'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

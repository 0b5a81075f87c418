--[[
Moves a run on that was held before a paused phase, if it no longer is.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
KEYS[5] pauses: hash of the bucket, phase -> what the log said last about it, JSON
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects what was held is commanded; its timer sleeps again while something still is
]]
open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[3])

local function apply()
  local paused, run, resumed = paused_phases(KEYS[5]), active_run(), false
  for _, phase in ipairs(run and run.phases or {}) do
    if phase.paused and not paused[phase.phase] then resumed = true end
  end
  t.timers.held = HELD_US
  if not resumed then return 'waiting' end
  say_book(run.run_id, run.correlation_id)
  advance(run, run.run_id, paused)
  return 'moved_on'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

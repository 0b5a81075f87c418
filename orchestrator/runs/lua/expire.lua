--[[
Ends the pending request's wait, if the time has come: refuses it, or has it planned (again) where the content is there.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects a request without content is refused; otherwise its timer stands anew
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[3])

local function apply()
  local request = pending_request()
  if not request then
    t.timers.wait = false
    return 'decided'
  end
  if t.now < book.pending.due then
    t.timers.wait = book.pending.due * 1000
    return 'waiting'
  end
  if book.content ~= 'ready' then
    refuse(request.request_id, 'content_timeout', 'The content of this batch did not come in time.')
    return 'refused'
  end
  look_again(PLAN_AGAIN_MS)
  t.changed = true
  if request.verdict == 'waiting_for_content' then
    request.verdict = 'planning'
    say_book(request.request_id, request.correlation_id)
  end
  return 'plan'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

--[[
Ends a request's wait for content: refuses it, or has it planned where the content has come meanwhile.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
Returns { reply, book, entries of this batch that are still in the outbox... }
Effects only a request that still waits is refused; the timer goes
]]
local book = open(KEYS[1], ARGV[2], ARGV[1])

local function apply()
  local request = pending_request()
  t.timers.wait = false
  if not request then return 'decided' end
  if book.content ~= 'ready' then
    refuse(request.request_id, 'content_timeout', 'The content of this batch did not come in time.')
    return 'refused'
  end
  if request.verdict == 'waiting_for_content' then
    request.verdict = 'planning'
    say_book(request.request_id, request.correlation_id)
  end
  return 'plan'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

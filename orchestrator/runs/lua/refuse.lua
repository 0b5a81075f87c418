--[[
Refuses the pending request, or has it planned again soon while there is patience with it.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: request_id, reason, detail, credits, patience_ms
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects the request's verdict and a denial are said; a request that is planned again has its timer anew
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])

local function apply()
  local request, pending = request_of(input.request_id), book.pending
  if not request or pending == null or pending.request_id ~= input.request_id then return 'decided' end
  -- A book that was written before there was this has nothing there.
  local doubted_at = pending.doubted_at
  if doubted_at == null or doubted_at == nil then doubted_at = t.now end
  if t.now - doubted_at < input.patience_ms then
    -- It is seen to be planned meanwhile.
    if pending.doubted_at ~= doubted_at then say_book(input.request_id, request.correlation_id) end
    pending.doubted_at = doubted_at
    local due = pending.due
    look_again(DOUBT_AGAIN_MS)
    if pending.due ~= due then t.changed = true end
    return 'waiting'
  end
  refuse(input.request_id, input.reason, input.detail, input.credits)
  return 'refused'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

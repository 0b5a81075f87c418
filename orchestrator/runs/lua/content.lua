--[[
Takes in that content has come, or will never come; a request that waited for it is planned or refused.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: cause, correlation_id, kind, essays, position
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects content moves on, and with it the request that waited
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])

-- The essays of a REGULAR batch are matched to students first, once.
local function match()
  if input.kind == 'confirmed' and book.matching ~= 'confirmed' then
    book.matching, t.changed = 'confirmed', true
  end
  if input.kind ~= 'provisioned' or not book.is_regular or book.matching ~= 'none' or #input.essays == 0 then return end
  book.matching = 'commanded'
  say_book(input.cause, input.correlation_id)
  say({ kind = 'matching', cause = input.cause, correlation_id = input.correlation_id, essays = input.essays })
end

local function apply()
  if book.registration == null then return 'unknown_batch' end
  if input.position ~= null then note(input.position) end
  match()
  local after = book.content
  if input.kind == 'ready' or (input.kind == 'provisioned' and not book.is_regular) then
    after = 'ready'
  elseif input.kind == 'failed' and book.content == 'pending' then
    after = 'failed'
  end
  if after ~= book.content then
    book.content = after
    say_book(input.cause, input.correlation_id)
  end
  local request = pending_request()
  if not request then return 'noted' end
  if book.content == 'failed' then
    refuse(request.request_id, 'content_failed', 'The content of this batch could not be taken in.')
    return 'refused'
  end
  if book.content ~= 'ready' then return 'waiting' end
  if request.verdict == 'waiting_for_content' then
    request.verdict = 'planning'
    look_again(PLAN_AGAIN_MS)
    say_book(request.request_id, request.correlation_id)
  end
  return 'plan'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

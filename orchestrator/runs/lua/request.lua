--[[
Takes in a client's request: refuses it, keeps it until content is there, or has it planned now.

KEYS[1] book: the batch's book, JSON
KEYS[2] outbox: hash of the bucket, 'seq|batch' -> entry, JSON
KEYS[3] timers: sorted set of the bucket, 'kind|batch' by microseconds
KEYS[4] alive: 'yes' when the bucket holds what it should
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] input, JSON: request_id, correlation_id, requested_pipeline, user_id, is_retry, message, assignment_id,
  prompt_ref, at, position, redrive_id, wait_ms, max_bytes, max_age_ms
ARGV[4] the newest mark that the caller has seen of this bucket
Returns { reply, mark of the bucket, book, entries of this batch that are still in the outbox... }
Effects the request is listed; one that is not refused becomes the pending one
]]
local book = open(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[1], ARGV[4])
local input = cjson.decode(ARGV[3])

local function refusal()
  if book.registration == null then return 'unknown_batch', 'This batch was never registered.' end
  if book.user_id ~= input.user_id then return 'not_owner', 'This batch belongs to somebody else.' end
  if #input.message > input.max_bytes then return 'request_too_large', 'The request is too long.' end
  if t.now - input.at > input.max_age_ms then return 'too_old', 'The request came too late to be run; ask again.' end
  if book.content == 'failed' then return 'content_failed', 'The content of this batch could not be taken in.' end
  if active_run() then return 'run_active', 'A run of this batch is active; ask again when it has ended.' end
  if book.pending ~= null then return 'request_pending', 'Another request for this batch is waiting.' end
end

-- A repeat of a request that is no longer listed: nothing new at a place that is behind us, and not younger than what
-- was dropped.
local function is_forgotten()
  if input.position == null or input.at > book.forgotten_at then return false end
  return input.position.offset <= (book.requested[input.position.place] or -1)
end

-- Somebody redrove a request that was refused; a redrive that is delivered again changes nothing.
local function is_judged_anew(known)
  return known.verdict == 'refused' and input.redrive_id ~= null and input.redrive_id ~= known.redrive_id
end

local function remove(list, item)
  for i, each in ipairs(list) do
    if each == item then return table.remove(list, i) end
  end
end

local function apply()
  local known = request_of(input.request_id)
  if known and not is_judged_anew(known) then return known.verdict == 'planning' and 'plan' or 'decided' end
  if known then
    remove(book.requests, known)
  elseif is_forgotten() then
    return 'decided'
  end
  if input.position ~= null then book.requested[input.position.place] = input.position.offset end
  local reason, detail = refusal()
  t.changed = true
  table.insert(book.requests, {
    request_id = input.request_id, correlation_id = input.correlation_id, user_id = input.user_id,
    requested_pipeline = input.requested_pipeline, is_retry = input.is_retry, redrive_id = input.redrive_id,
    verdict = book.content == 'ready' and 'planning' or 'waiting_for_content',
    reason = null, detail = null, run_id = null, requested_at = input.at, received_at = t.now,
    decided_at = null,
  })
  -- The one that is not decided yet stays, however many are refused meanwhile.
  local function is_pending(request)
    return book.pending ~= null and book.pending.request_id == request.request_id
  end
  for _, dropped in ipairs(keep_last(book.requests, is_pending)) do
    book.forgotten_at = math.max(book.forgotten_at, dropped.requested_at)
  end
  if reason then
    refuse(input.request_id, reason, detail)
    return 'refused'
  end
  book.pending = { request_id = input.request_id, message = input.message, doubted_at = null }
  if input.assignment_id ~= null then book.assignment_id = input.assignment_id end
  if input.prompt_ref ~= null then book.prompt_ref = input.prompt_ref end
  if book.content == 'ready' then
    look_again(PLAN_AGAIN_MS)
    return 'plan'
  end
  look_again(input.wait_ms)
  say_book(input.request_id, input.correlation_id)
  return 'waiting'
end

return close(KEYS[1], KEYS[2], KEYS[3], apply())

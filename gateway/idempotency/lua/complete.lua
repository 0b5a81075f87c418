--[[
Keeps the answers of calls that have reserved idempotency keys.

KEYS[1] and all that follow: of each call its key's record: hash of fingerprint, correlation, owner, until (microseconds), answer (JSON)

ARGV[1] milliseconds that a record is kept
ARGV[2] and all that follow: of each call what names it as owner, and its answer as JSON

Returns of each call 1 when its answer is kept, 0 when another call has taken over or the record is gone
Effects each of these keys has its answer, and no owner any more
]]
if #ARGV ~= 1 + 2 * #KEYS then return redis.error_reply('a call has one key and two arguments') end

local function complete(key, owner, answer)
  if redis.call('HGET', key, 'owner') ~= owner then return 0 end
  redis.call('HSET', key, 'answer', answer)
  redis.call('HDEL', key, 'owner', 'until')
  redis.call('PEXPIRE', key, ARGV[1])
  return 1
end

local replies = {}
for call = 1, #KEYS do replies[call] = complete(KEYS[call], ARGV[2 * call], ARGV[2 * call + 1]) end
return replies

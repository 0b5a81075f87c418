--[[
Says what became of a batch at a revision: that the archive has it, and when its state goes. All keys go at the same moment,
or none does.

KEYS[1] meta: hash of revisions, registration, content and applied positions
KEYS[2] essays: hash, essay id -> JSON record
KEYS[3] ids: list of the registered essays, in order
KEYS[4] tally: hash, signature -> number of registered essays that have it
KEYS[5] book: hash of the run book's revision and JSON
KEYS[6] unarchived: sorted set of the bucket, batches by when they first changed since they were settled, milliseconds
KEYS[7] standing: sorted set of the registered essays, by the number of their signature
ARGV[1] clock in microseconds; empty for this server's
ARGV[2] batch id
ARGV[3] revision
ARGV[4] 1 when the archive has acknowledged the batch at this revision, else 0
ARGV[5] milliseconds after its last change when its state expires; empty for never
Returns 1, or 0 when the batch has changed since that revision, and then nothing is done
Effects the batch is no longer to be archived; its keys get an expiry
]]
local revision = redis.call('HGET', KEYS[1], 'revision') or '0'
if revision ~= ARGV[3] then return 0 end
redis.call('ZREM', KEYS[6], ARGV[2])
if revision == '0' then return 1 end
redis.call('HDEL', KEYS[1], 'unarchived')
if ARGV[4] == '1' then redis.call('HSET', KEYS[1], 'archived', revision) end
if ARGV[5] ~= '' then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local clock = ARGV[1] == '' and now or math.floor(tonumber(ARGV[1]) / 1000)
  -- The revision is the time of the last change.
  local left = math.floor(tonumber(revision) / 1000) + tonumber(ARGV[5]) - clock
  local at = string.format('%.0f', now + left)
  for _, key in ipairs({ KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[7] }) do redis.call('PEXPIREAT', key, at) end
end
return 1

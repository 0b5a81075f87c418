--[[
Takes away a batch of which the log says nothing, if the log has all the places that it rests on.

KEYS[1] meta: hash of revisions, registration, content and applied positions
KEYS[2] essays: hash, essay id -> JSON record
KEYS[3] ids: list of the registered essays, in order
KEYS[4] tally: hash, signature -> number of registered essays that have it
KEYS[5] book: hash of the run book's revision and JSON
KEYS[6] unarchived: sorted set of the bucket, batches by when they first changed since they were settled, milliseconds
KEYS[7] standing: sorted set of the registered essays, by the number of their signature
ARGV[1] batch id
ARGV[2] JSON object, 'topic|partition' -> { first, last } offset that was read
Returns 'removed', or 'behind' where the log has no longer, or not yet, been read at one of its places; then nothing is done
Effects all of the batch's keys go
]]
local extents = cjson.decode(ARGV[2])
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local place, offset = fields[i]:match('^at:(.*)$'), tonumber(fields[i + 1])
  if place and offset >= 0 then
    local extent = extents[place]
    if not extent or offset < extent[1] or offset > extent[2] then return 'behind' end
  end
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[7])
redis.call('ZREM', KEYS[6], ARGV[1])
return 'removed'

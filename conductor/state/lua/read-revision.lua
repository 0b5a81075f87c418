--[[
Reads the revision of one batch, and nothing else: most batches that somebody looks at again have not changed.

KEYS[1] meta: hash of revisions, registration, content and applied positions
KEYS[2] marker: hash of the bucket, 'group|topic|partition' -> offset up to which all is applied
ARGV[1] field of the marker that stands while the bucket is complete
Returns the revision as text, '0' for an unknown batch; '' while the bucket is incomplete
Effects none
]]
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return '' end
return redis.call('HGET', KEYS[1], 'revision') or '0'

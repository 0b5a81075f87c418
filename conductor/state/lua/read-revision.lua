--[[
Reads the revision of one batch, and nothing else: most batches that somebody looks at again have not changed.

KEYS[1] meta: hash of revisions, registration, content and applied positions
Returns the revision as text; '0' for an unknown batch
Effects none
]]
return redis.call('HGET', KEYS[1], 'revision') or '0'

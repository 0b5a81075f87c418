--[[
Reads a page of a batch's registered essays, if the facts still stand at the revision that is asked for (invariant 9).

KEYS[1] meta: hash that holds facts_revision
KEYS[2] ids: list of the registered essays, in order
KEYS[3] essays: hash, essay id -> JSON record
KEYS[4] marker: hash of the bucket
ARGV[1] field of the marker that stands while the bucket is complete
ARGV[2] facts_revision that the page belongs to
ARGV[3] index of the first essay, from 0
ARGV[4] how many
Returns { facts_revision, number of registered essays, ids, records }; ids and records are empty when the facts moved; {}
        while the bucket is incomplete
Effects none
]]
if redis.call('HEXISTS', KEYS[4], ARGV[1]) == 0 then return {} end
local revision = redis.call('HGET', KEYS[1], 'facts_revision') or '0'
if revision ~= ARGV[2] then return { revision, 0, {}, {} } end
local first = tonumber(ARGV[3])
local ids = redis.call('LRANGE', KEYS[2], first, first + tonumber(ARGV[4]) - 1)
local records = #ids > 0 and redis.call('HMGET', KEYS[3], unpack(ids)) or {}
return { revision, redis.call('LLEN', KEYS[2]), ids, records }

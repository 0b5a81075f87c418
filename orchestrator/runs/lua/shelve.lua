--[[
Leaves a stub in the place of a book that the archive has.

KEYS[1] book: the batch's book, JSON
KEYS[2] aging: sorted set of the bucket, batches by a time at which they had changed, milliseconds
KEYS[3] alive: 'yes' when the bucket holds what it should
ARGV[1] batch id
ARGV[2] revision that the archive has
Returns 1, or 0 when the book has changed since, and then nothing is done
Effects the book is gone; transitions of the batch ask for it to be recalled
]]
if redis.call('GET', KEYS[3]) ~= 'yes' then return redis.error_reply('CATCHINGUP the bucket is being restored') end
local stored = redis.call('GET', KEYS[1])
local book = stored and cjson.decode(stored)
if not book or book.shelved or book.revision ~= ARGV[2] then return 0 end
local stub = {
  shelved = true, revision = book.revision, book_revision = book.book_revision, registered = book.registration ~= cjson.null,
}
redis.call('SET', KEYS[1], cjson.encode(stub))
redis.call('ZREM', KEYS[2], ARGV[1])
return 1

--[[
Puts a stub where a lost book was that the archive has, at least as new as the log's.

KEYS[1] book: the batch's book, JSON
ARGV[1] revision that the archive has
ARGV[2] revision of the book that the log tells of
ARGV[3] 1 when that book has a registration, else 0
Returns 1 when a stub stands there, 0 where there is a book: then nothing is done
Effects this is allowed while the bucket is lost; of two stubs the newer stands, and knows of a registration
]]
local stub = { shelved = true, revision = ARGV[1], book_revision = ARGV[2], registered = ARGV[3] == '1' }
local stored = redis.call('GET', KEYS[1])
if stored then
  local found = cjson.decode(stored)
  if not found.shelved then return 0 end
  stub.registered = stub.registered or found.registered
  if tonumber(found.book_revision) > tonumber(ARGV[2]) then
    stub.revision, stub.book_revision = found.revision, found.book_revision
  end
end
redis.call('SET', KEYS[1], cjson.encode(stub))
return 1

--[[
Numbers signatures for `standing`, the sorted set of a batch's essays. It stands before each script that knows that set.

Returns nothing by itself; number_of gives a signature's score: 52 bits of its hash, which a score holds exactly (two
        signatures of a batch share them once in 10^15); named_in gives up to so many essays of each signature of a tally, as a
        JSON object
Effects none
]]
local function number_of(signature)
  return string.format('%.0f', tonumber(redis.sha1hex(signature):sub(1, 13), 16))
end

local function named_in(tally_key, standing_key, wanted)
  if wanted == 0 then return '{}' end
  local named = {}
  for _, signature in ipairs(redis.call('HKEYS', tally_key)) do
    local number = number_of(signature)
    local essays = redis.call('ZRANGEBYSCORE', standing_key, number, number, 'LIMIT', 0, wanted)
    if #essays > 0 then named[signature] = essays end
  end
  return cjson.encode(named)
end

--[[
Essay records as texts: JSON { s = signature once registered, r = { register = { stamp, value } } }, both without any blanks. To
decode and encode them whole took half of a transition; here a register is put in between, and the signature follows from it.

Returns nothing by itself; record_of splits a record's text, text_of joins it, write puts a register in unless a larger stamp
        stands there, signature_of computes what a record without a signature has. Names of registers and stamps have no sign that
        JSON escapes, and a quote inside a value is escaped: so what is looked for is found only where it is meant
Effects none
]]
local find, sub, match, concat = string.find, string.sub, string.match, table.concat

local function record_of(text)
  if not text then return { r = '' } end
  if sub(text, 1, 6) == '{"s":"' then
    local close = find(text, '"', 7, true)
    local s = sub(text, 7, close - 1)
    return { s = s, was = s, r = sub(text, close + 7, -3) }
  end
  -- As other versions wrote it, and as a rebuild does.
  local last, close = find(text, '},"s":"', 1, true)
  if not last then return { r = sub(text, 7, -3) } end
  local s = sub(text, close + 1, -3)
  return { s = s, was = s, r = sub(text, 7, last - 1) }
end

local function text_of(record)
  if record.s then return '{"s":"' .. record.s .. '","r":{' .. record.r .. '}}' end
  return '{"r":{' .. record.r .. '}}'
end

-- What is worked out once for each name: how its register begins.
local begins = setmetatable({}, {
  __index = function(known, register)
    local text = '"' .. register .. '":["'
    known[register] = text
    return text
  end,
})

-- Where the quote stands that ends the text which begins here.
local function end_of_text(text, from)
  while true do
    local at = find(text, '["\\]', from)
    if sub(text, at, at) == '"' then return at end
    from = at + 2
  end
end

-- Of each phase its mark, and whether content was refused.
local function sorted(refused, parts)
  table.sort(parts)
  if refused then table.insert(parts, 1, '!') end
  return concat(parts, ',')
end

local function mark_of(phase, rank, registers)
  if rank == '1' then return '+' end
  return find(registers, begins['phase:' .. phase .. ':listed'], 1, true) and '-' or '~'
end

local function signature_of(registers)
  local refused, parts, at = false, {}, 1
  while at <= #registers do
    local name_end = find(registers, '"', at + 1, true)
    local name, rank = sub(registers, at + 1, name_end - 1), sub(registers, name_end + 4, name_end + 4)
    local phase = match(name, '^phase:([^:]+)$')
    if phase then parts[#parts + 1] = phase .. mark_of(phase, rank, registers) end
    if name == 'content' then refused = rank == '0' end
    at = end_of_text(registers, find(registers, '"', name_end + 4, true) + 3) + 3
  end
  return sorted(refused, parts)
end

-- What a register is to the signature: of which phase it is the outcome, or whether it matters otherwise.
local phase_of = setmetatable({}, {
  __index = function(known, register)
    local phase = match(register, '^phase:([^:]+)$') or false
    known[register] = phase
    return phase
  end,
})
local matters = setmetatable({}, {
  __index = function(known, register)
    local is_so = register == 'content' or find(register, '^phase:[^:]+:listed$') ~= nil
    known[register] = is_so
    return is_so
  end,
})

-- Signature and new mark of a phase -> signature: few essays differ.
local marked = {}
local function with_mark(signature, phase, mark)
  local key = signature .. '\n' .. phase .. mark
  local known = marked[key]
  if known then return known end
  local refused, parts = false, { phase .. mark }
  for part in string.gmatch(signature, '[^,]+') do
    if part == '!' then refused = true
    elseif sub(part, 1, -2) ~= phase then parts[#parts + 1] = part end
  end
  known = sorted(refused, parts)
  marked[key] = known
  return known
end

-- What becomes of a stamp where another stands: a, applied; r, repeated; o, outranked; l, late. The rank is the first character,
-- so a larger stamp is never of a lower rank. All stamps have their digits and dashes in the same places, so that they compare
-- alike in every locale.
local function outcome_of(current, stamp)
  if not current or stamp > current then return 'a' end
  return stamp == current and 'r' or sub(stamp, 1, 1) < sub(current, 1, 1) and 'o' or 'l'
end

-- `value` is JSON.
local function write(record, register, stamp, value)
  local registers = record.r
  local _, before = find(registers, begins[register], 1, true)
  if not before then
    local entry = begins[register] .. stamp .. '",' .. value .. ']'
    record.r = registers == '' and entry or entry .. ',' .. registers
  else
    local close = find(registers, '"', before + 1, true)
    local outcome = outcome_of(sub(registers, before + 1, close - 1), stamp)
    if outcome ~= 'a' then return outcome end
    local last = end_of_text(registers, close + 3)
    record.r = sub(registers, 1, before) .. stamp .. '",' .. value .. sub(registers, last + 1)
  end
  if record.s then
    local phase = phase_of[register]
    if phase then record.s = with_mark(record.s, phase, mark_of(phase, sub(stamp, 1, 1), record.r))
    elseif matters[register] then record.s = signature_of(record.r) end
  end
  return 'a'
end

-- Reads the generations of tags; mints those that are not held.
-- KEYS[1] generations hash   ARGV tags   -> generations, in the order of the tags
--
-- A generation that was lost may have been ahead of the clock by the lead that a process without Redis mints with, so a
-- fresh one is ahead by as much: what was stamped before is older than it in any case.
local time = redis.call('TIME')
local fresh = time[1] * 1000 + math.floor(time[2] / 1000) + 5000
local out = {}
for i, tag in ipairs(ARGV) do
  local held = redis.call('HGET', KEYS[1], tag)
  if not held then
    held = string.format('%.0f', fresh)
    redis.call('HSET', KEYS[1], tag, held)
  end
  out[i] = held
end
return out

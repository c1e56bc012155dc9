-- Reads the generations of tags; mints those that are not held.
-- KEYS[1] generations hash   ARGV[1] incarnation, then tags   -> generations, in the order of the tags
--
-- A generation that was lost may have been ahead of the clock by the lead that a process without Redis mints with, so a
-- fresh one is ahead by as much: what was stamped before is older than it in any case.
local time = redis.call('TIME')
local fresh = time[1] * 1000 + math.floor(time[2] / 1000) + 5000
local out = {}
for i = 2, #ARGV do
  local held = redis.call('HGET', KEYS[1], ARGV[i])
  if not held then
    held = string.format('%.0f', fresh)
    redis.call('HSET', KEYS[1], ARGV[i], held)
  end
  out[i - 1] = held
end
return out

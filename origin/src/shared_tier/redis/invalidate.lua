-- Mints one generation for all of the tags, above every last one, and tells every process.
-- KEYS[1] generations hash, then one log for each tag of which it is known what was written, then one census for each tag whose
-- entries become unreachable
-- ARGV[1] incarnation, [2] channel, [3] workspace, [4] least generation, [5] how many tags, [6] how many logs, [7] how long a log is,
-- [8] how far a generation is raised at most for being told out of order, then the tags, then for each log: tag, generation heard of, items
--   -> generation, entries made unreachable
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local minted = math.max(now, tonumber(ARGV[4]))
local tags, logs, longest, at_most = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local held = redis.call('HMGET', KEYS[1], unpack(ARGV, 9, 8 + tags))
local last = {}
for i = 1, tags do
  -- A tag that is not held may have been ahead of the clock: see mint.lua.
  local before = tonumber(held[i] or (now + 5000))
  if before >= minted then minted = before + 1 end
  if held[i] then last[ARGV[8 + i]] = before end
end
minted = string.format('%.0f', minted)
-- What was written, and the generation before: where that has no record itself, readers see that one is missing.
for i = 1, logs do
  local at = 6 + tags + 3 * i
  local log, before = KEYS[1 + i], last[ARGV[at]]
  if before then
    -- What has been heard of and was not merged yet, as in merge.lua.
    local known = math.max(before, tonumber(ARGV[at + 1]))
    renumber(log, before, known, at_most, longest)
    put_on_record(log, known, minted, ARGV[at + 2], longest)
  else
    redis.call('DEL', log)
  end
end
local told = {}
for i = 9, 8 + tags do
  redis.call('HSET', KEYS[1], ARGV[i], minted)
  told[#told + 1] = ARGV[i] .. '=' .. minted
end
redis.call('PUBLISH', ARGV[2], ARGV[3] .. ' ' .. table.concat(told, ','))
local entries = 0
for i = 2 + logs, #KEYS do
  local census = redis.call('HGETALL', KEYS[i])
  local here = 0
  for n = 1, #census, 2 do
    if census[n] ~= 'since' and tonumber(census[n]) * 60000 > now - 60000 then here = here + tonumber(census[n + 1]) end
  end
  if #census > 0 then
    redis.call('DEL', KEYS[i])
    -- For as long as an entry can live that was counted before.
    redis.call('HSET', KEYS[i], 'since', string.format('%.0f', now))
    redis.call('PEXPIRE', KEYS[i], 172800000)
  end
  if here > 0 then entries = entries + here end
end
return { minted, entries }

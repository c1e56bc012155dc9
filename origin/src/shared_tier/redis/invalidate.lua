-- Mints one generation for all of the tags, above every last one, and tells every process.
-- KEYS[1] generations hash, KEYS[2..] one census for each tag whose entries become unreachable
-- ARGV[1] incarnation, [2] channel, [3] workspace, [4] least generation, then tags
--   -> generation, entries made unreachable
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local minted = math.max(now, tonumber(ARGV[4]))
local held = redis.call('HMGET', KEYS[1], unpack(ARGV, 5))
for i = 1, #ARGV - 4 do
  -- A tag that is not held may have been ahead of the clock: see mint.lua.
  local last = tonumber(held[i] or (now + 5000))
  if last >= minted then minted = last + 1 end
end
minted = string.format('%.0f', minted)
local told = {}
for i = 5, #ARGV do
  redis.call('HSET', KEYS[1], ARGV[i], minted)
  told[#told + 1] = ARGV[i] .. '=' .. minted
end
redis.call('PUBLISH', ARGV[2], ARGV[3] .. ' ' .. table.concat(told, ','))
local entries = 0
for i = 2, #KEYS do
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

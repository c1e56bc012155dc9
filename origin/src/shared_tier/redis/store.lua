-- Stores an entry unless it has been overtaken.
-- KEYS[1] generations hash, KEYS[2] entry, KEYS[3] census of the entry's tag
-- ARGV[1] incarnation, [2] entry, [3] keep_ms, [4] channel, [5] workspace, then tag, generation, …   -> 1 stored, 0 not
--
-- An entry with a newer stamp under the same key implies newer generations in the hash, so comparing with the hash is
-- enough: a late fill never replaces a newer entry.
if redis.call('HGET', KEYS[1], 'incarnation') ~= ARGV[1] then return 0 end
local heard = {}
for i = 6, #ARGV, 2 do
  local held = tonumber(redis.call('HGET', KEYS[1], ARGV[i]))
  local stamp = tonumber(ARGV[i + 1])
  if not held or held > stamp then return 0 end
  if held < stamp then heard[#heard + 1] = i end
end
if #heard > 0 then
  local told = {}
  for n, i in ipairs(heard) do
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    told[n] = ARGV[i] .. '=' .. ARGV[i + 1]
  end
  redis.call('PUBLISH', ARGV[4], ARGV[5] .. ' ' .. table.concat(told, ','))
end
local keep = tonumber(ARGV[3])
local left = redis.call('PTTL', KEYS[2])
redis.call('SET', KEYS[2], ARGV[2], 'PX', keep)

-- The census: how many entries expire by each of some minutes, so that an invalidation can say how many it made unreachable without
-- looking at any of them. The minutes lie so far apart that there are some hundred of them however long entries live: a power of two, so that
-- those of different lifetimes fall together. An entry that is replaced was counted already, unless the census began anew since it was stored; one
-- that would have lived longer, by settings that are gone, has made it begin anew.
local apart = 1
while apart * 128 < keep / 60000 do apart = apart * 2 end
local function counted_under(expires)
  local minute = math.floor(expires / 60000)
  return minute - minute % apart + apart - 1
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if left > 0 and left <= keep and now + left - keep >= tonumber(redis.call('HGET', KEYS[3], 'since') or '0') then
  redis.call('HINCRBY', KEYS[3], counted_under(now + left), -1)
end
if redis.call('HINCRBY', KEYS[3], counted_under(now + keep), 1) == 1 then
  -- Once for each of them: those that have passed are forgotten.
  for _, field in ipairs(redis.call('HKEYS', KEYS[3])) do
    if field ~= 'since' and tonumber(field) * 60000 < now - 60000 then redis.call('HDEL', KEYS[3], field) end
  end
end
if redis.call('PTTL', KEYS[3]) < keep then redis.call('PEXPIRE', KEYS[3], keep) end
return 1

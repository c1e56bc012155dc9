-- Stores an entry unless it has been overtaken.
-- KEYS[1] generations hash, KEYS[2] entry, KEYS[3] index of the entry's tag
-- ARGV[1] entry, [2] keep_ms, [3] index member, [4] channel, [5] workspace, then tag, generation, …   -> 1 stored, 0 not
--
-- An entry with a newer stamp under the same key implies newer generations in the hash, so comparing with the hash is
-- enough: a late fill never replaces a newer entry.
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
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[3], now + tonumber(ARGV[2]), ARGV[3])
-- Two of the expired members go with each fill, so that the index never outgrows what is stored.
local expired = redis.call('ZRANGE', KEYS[3], '-inf', now, 'BYSCORE', 'LIMIT', 0, 2)
if #expired > 0 then redis.call('ZREM', KEYS[3], unpack(expired)) end
if redis.call('PTTL', KEYS[3]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[3], ARGV[2]) end
return 1

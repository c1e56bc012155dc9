-- Merges generations by maximum, and tells every process what moved.
-- KEYS[1] generations hash   ARGV[1] incarnation, [2] channel, [3] workspace, then tag, generation, …   -> how many moved
local told = {}
for i = 4, #ARGV, 2 do
  local held = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '-1')
  if tonumber(ARGV[i + 1]) > held then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    told[#told + 1] = ARGV[i] .. '=' .. ARGV[i + 1]
  end
end
if #told > 0 then redis.call('PUBLISH', ARGV[2], ARGV[3] .. ' ' .. table.concat(told, ',')) end
return #told

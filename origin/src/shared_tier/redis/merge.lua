-- Merges generations by maximum, and tells every process what moved.
-- KEYS[1] generations hash, then one log for each tag
-- ARGV[1] incarnation, [2] channel, [3] workspace, then tag, generation, …   -> how many moved
--
-- A tag that is not held was lost, and what one process has heard of it may not have been its last: it becomes as late as a fresh one (see mint.lua).
local time = redis.call('TIME')
local fresh = time[1] * 1000 + math.floor(time[2] / 1000) + 5000
local told = {}
for i = 4, #ARGV, 2 do
  local held = redis.call('HGET', KEYS[1], ARGV[i])
  local merged = tonumber(ARGV[i + 1])
  if not held and merged < fresh then merged = fresh end
  if not held or merged > tonumber(held) then
    merged = string.format('%.0f', merged)
    redis.call('HSET', KEYS[1], ARGV[i], merged)
    told[#told + 1] = ARGV[i] .. '=' .. merged
  elseif merged < tonumber(held) then
    -- It may have been minted between two that are on record: the log does not tell all.
    redis.call('DEL', KEYS[i / 2])
  end
end
if #told > 0 then redis.call('PUBLISH', ARGV[2], ARGV[3] .. ' ' .. table.concat(told, ',')) end
return #told

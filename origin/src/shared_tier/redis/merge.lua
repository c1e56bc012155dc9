-- Merges generations by maximum, and tells every process what moved.
-- KEYS[1] generations hash, then one log for each tag
-- ARGV[1] incarnation, [2] channel, [3] workspace, [4] how far a generation is raised at most for being told out of order, [5] how long a log is,
-- then tag, generation, …   -> how many moved
--
-- A tag that is not held was lost, and what one process has heard of it may not have been its last: it becomes as late as a fresh one (see mint.lua).
local time = redis.call('TIME')
local fresh = time[1] * 1000 + math.floor(time[2] / 1000) + 5000
local told = {}
for i = 6, #ARGV, 2 do
  local log = KEYS[(i - 2) / 2]
  local held = redis.call('HGET', KEYS[1], ARGV[i])
  local merged = tonumber(ARGV[i + 1])
  if not held then
    redis.call('DEL', log)
    if merged < fresh then merged = fresh end
  end
  if not held or merged > tonumber(held) then
    if held then renumber(log, tonumber(held), merged, tonumber(ARGV[4]), tonumber(ARGV[5])) end
    merged = string.format('%.0f', merged)
    redis.call('HSET', KEYS[1], ARGV[i], merged)
    told[#told + 1] = ARGV[i] .. '=' .. merged
  elseif merged < tonumber(held) then
    -- It may have been minted between two that are on record: the log does not tell all. Unless it is one of them, or earlier than all.
    local records = redis.call('LRANGE', log, 0, -1)
    local is_known = #records == 0 or merged <= tonumber(string.match(records[1], '^%d+'))
    local generation = string.format('%.0f', merged)
    for _, record in ipairs(records) do
      local before, minted = string.match(record, '^(%d+) (%d+) ')
      if before == generation or minted == generation then is_known = true end
    end
    if not is_known then redis.call('DEL', log) end
  end
end
if #told > 0 then redis.call('PUBLISH', ARGV[2], ARGV[3] .. ' ' .. table.concat(told, ',')) end
return #told

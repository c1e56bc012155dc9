-- Adds to the pages of a workspace that are asked for most: Space-Saving with forward decay, see origin/src/popularity.
-- KEYS[1] sorted set of pages, KEYS[2] the landmark of their weights
-- ARGV[1] half-life_ms, [2] for how long a landmark serves, [3] how many are kept, then page, times, …
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local half_life, serves = tonumber(ARGV[1]), tonumber(ARGV[2])
local landmark = tonumber(redis.call('GET', KEYS[2]) or '')
if not landmark or landmark > now then
  -- Evicted, or of another clock: weights mean nothing without it.
  redis.call('DEL', KEYS[1])
  landmark = now
elseif now - landmark > serves then
  redis.call('ZUNIONSTORE', KEYS[1], 1, KEYS[1], 'WEIGHTS', string.format('%.17g', 2 ^ ((landmark - now) / half_life)))
  landmark = now
end
local weight = 2 ^ ((now - landmark) / half_life)
local kept = redis.call('ZCARD', KEYS[1])
for i = 4, #ARGV, 2 do
  local added = tonumber(ARGV[i + 1]) * weight
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    -- It has a place.
  elseif kept < tonumber(ARGV[3]) then
    kept = kept + 1
  else
    -- The newcomer takes the place of the lightest, and its weight.
    added = added + tonumber(redis.call('ZPOPMIN', KEYS[1])[2])
  end
  redis.call('ZINCRBY', KEYS[1], string.format('%.17g', added), ARGV[i])
end
-- Once as old as that, nothing of it counts.
redis.call('SET', KEYS[2], string.format('%.0f', landmark), 'PX', 2 * serves)
redis.call('PEXPIRE', KEYS[1], 2 * serves)
return 0

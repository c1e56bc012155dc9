-- Forgets generations that were minted for a board that does not exist, unless they have moved on.
-- KEYS[1] generations hash   ARGV tag, generation, …
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 0

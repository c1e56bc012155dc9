-- Begins a workspace's generations anew for this incarnation, unless they are of it already.
-- KEYS[1] generations hash   ARGV[1] incarnation   -> 1 begun, 0 not
--
-- A store that came back from a snapshot would mint for the second time what pages carry already. So generations die with the
-- incarnation, as entries do.
if redis.call('HGET', KEYS[1], 'incarnation') == ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'incarnation', ARGV[1])
return 1

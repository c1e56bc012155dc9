-- Gives a lease back if it is still held by the one who took it.
-- KEYS[1] lease   ARGV[1] the holder's token
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0

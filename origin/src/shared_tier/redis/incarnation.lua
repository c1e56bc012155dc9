-- Stands in front of the scripts that mint or merge: generations of another incarnation are left alone, and none at all become
-- this one's.
-- KEYS[1] generations hash   ARGV[1] incarnation
local incarnation = redis.call('HGET', KEYS[1], 'incarnation')
if not incarnation and redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'incarnation', ARGV[1])
elseif incarnation ~= ARGV[1] then
  return redis.error_reply('OTHERINCARNATION the generations are of another incarnation')
end

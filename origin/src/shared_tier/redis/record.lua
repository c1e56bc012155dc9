-- Stands in front of the scripts that raise generations: how they put on record what was written under them. A record is
-- `before SP generation SP items`; see the crate `coherence`, changes.rs.
local function put_on_record(log, before, generation, items, longest)
  redis.call('RPUSH', log, string.format('%.0f %.0f ', before, generation) .. items)
  redis.call('LTRIM', log, -longest, -1)
  redis.call('PEXPIRE', log, 172800000)
end
-- A change that is on record, and was recorded elsewhere after later ones: it has another number, and touches no more. What is further
-- above than `at_most` is one of which nothing is known.
local function renumber(log, held, told, at_most, longest)
  local last = told > held and told - held <= at_most and redis.call('LINDEX', log, -1)
  if last and tonumber(string.match(last, '^%d+ (%d+) ')) == held then put_on_record(log, held, told, '', longest) end
end

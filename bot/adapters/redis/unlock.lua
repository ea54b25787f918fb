-- Let go of a resource, if this run holds it under this epoch or an older one.
--
-- KEYS[1]  dr:lock:<resource>   string: run:epoch
-- ARGV     run, epoch
--
-- Returns  1 when released, 0 when somebody else holds it or nobody does.

local run, epoch = string.match(redis.call("GET", KEYS[1]) or "", "^(.*):(%d+)$")
if run ~= ARGV[1] or tonumber(epoch) > tonumber(ARGV[2]) then
  return 0
end
return redis.call("DEL", KEYS[1])

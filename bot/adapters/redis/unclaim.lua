-- Let go of a service, if it is this run that holds it.
--
-- KEYS[1]  dr:service:<name>   string: run
-- ARGV     run
--
-- Returns  1 when released, 0 when another run holds it or nobody does.

if redis.call("GET", KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call("DEL", KEYS[1])

-- The owner's sign of life.
--
-- KEYS[1]  dr:{run}:head   hash: epoch, beat
-- ARGV     epoch
--
-- Returns 1, or 0 when the epoch is over.

if redis.call("HGET", KEYS[1], "epoch") ~= ARGV[1] then
  return 0
end
redis.call("HSET", KEYS[1], "beat", redis.call("TIME")[1])
return 1

-- The owner's sign of life.
--
-- KEYS[1]  dr:{run}:head   hash: epoch, beat (Redis time, ms)
-- ARGV     epoch
--
-- Returns 1, or 0 when the epoch is over.

if redis.call("HGET", KEYS[1], "epoch") ~= ARGV[1] then
  return 0
end
local time = redis.call("TIME")
redis.call("HSET", KEYS[1], "beat", string.format("%.0f", time[1] * 1000 + math.floor(time[2] / 1000)))
return 1

-- Let go of a run, unless it moved on or changed hands since the owner looked.
--
-- KEYS[1]  dr:{run}:head   hash: seq, epoch, owner, parked (the seq at which it was let go)
-- ARGV     expected seq, epoch
--
-- Returns 1 when parked, 0 when not.

local head = redis.call("HMGET", KEYS[1], "seq", "epoch")
if head[1] ~= ARGV[1] or head[2] ~= ARGV[2] then
  return 0
end
redis.call("HSET", KEYS[1], "owner", "", "parked", head[1])
return 1

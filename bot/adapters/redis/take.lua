-- Become the owner of a run under a new epoch.
--
-- KEYS[1]  dr:{run}:head   hash: seq, hash, epoch, owner
-- ARGV     owner
--
-- Returns {seq, hash, epoch, previous owner}; seq 0 and no change when the run has no journal.

local head = redis.call("HMGET", KEYS[1], "seq", "hash", "owner")
if not head[1] then
  return {0, "", 0, ""}
end
local epoch = redis.call("HINCRBY", KEYS[1], "epoch", 1)
redis.call("HSET", KEYS[1], "owner", ARGV[1])
return {tonumber(head[1]), head[2], epoch, head[3] or ""}

-- Become the owner of a run under a new epoch, unless a living owner holds it.
--
-- KEYS[1]  dr:{run}:head   hash: seq, hash, epoch, owner, beat (Redis time of the owner's last sign of life, ms)
-- ARGV     owner, milliseconds for which a sign of life counts
--
-- Returns {seq, hash, epoch, previous owner}; seq 0 when the run has no journal, seq -1 when it is held.

local head = redis.call("HMGET", KEYS[1], "seq", "hash", "owner", "beat")
if not head[1] then
  return {0, "", 0, ""}
end
local time = redis.call("TIME")
local owner, now = head[3] or "", time[1] * 1000 + math.floor(time[2] / 1000)
if owner ~= "" and now - tonumber(head[4] or 0) < tonumber(ARGV[2]) then
  return {-1, "", 0, owner}
end
local epoch = redis.call("HINCRBY", KEYS[1], "epoch", 1)
redis.call("HSET", KEYS[1], "owner", ARGV[1], "beat", string.format("%.0f", now))
return {tonumber(head[1]), head[2], epoch, owner}

-- Write back records that this Redis has lost, exactly as they were, and end every hold on the run.
--
-- KEYS[1]  dr:{run}:log    stream; entry `<seq>-1`, field b = canonical body, field h = its chain hash
-- KEYS[2]  dr:{run}:head   hash: seq, hash, epoch, owner, beat (ms)
-- KEYS[3]  dr:{run}:ids    hash: event id -> seq
-- ARGV     expected seq, expected hash, the epoch that nobody may be below, then per record: id, body, hash
--
-- Returns 1, or 0 when the log does not stand where the records begin.

local head = redis.call("HMGET", KEYS[2], "seq", "hash", "epoch")
local seq, hash, epoch = tonumber(head[1] or 0), head[2] or "", tonumber(head[3] or 0)
if seq ~= tonumber(ARGV[1]) or hash ~= ARGV[2] then
  return 0
end
for i = 4, #ARGV, 3 do
  seq = seq + 1
  hash = ARGV[i + 2]
  redis.call("XADD", KEYS[1], seq .. "-1", "b", ARGV[i + 1], "h", hash)
  redis.call("HSET", KEYS[3], ARGV[i], seq)
end
redis.call("HSET", KEYS[2], "seq", seq, "hash", hash, "owner", "", "beat", 0)
redis.call("HSET", KEYS[2], "epoch", string.format("%.0f", math.max(epoch, tonumber(ARGV[3]))))
return 1

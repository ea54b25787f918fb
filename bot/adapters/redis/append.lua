-- Append records if nobody else appended since the writer looked, and if its epoch is still the current one.
--
-- KEYS[1]  dr:{run}:log    stream; entry `<seq>-1`, field b = canonical body, field h = its chain hash
-- KEYS[2]  dr:{run}:head   hash: seq, hash, epoch, owner, beat (ms)
-- KEYS[3]  dr:{run}:ids    hash: event id -> seq
-- ARGV     expected seq, epoch or "", channel, run, then per record: id, body, hash
--
-- Returns  "<verdict> <seq> <epoch> <owner>", one line since each part of an answer is parsed in Python:
--          ok | seen for a repeat | stale when the log has moved on | fenced when the epoch is over

local head = redis.call("HMGET", KEYS[2], "seq", "epoch", "owner")
local seq, epoch, owner = tonumber(head[1] or 0), head[2] or "0", head[3] or ""
local function say(verdict) return verdict .. " " .. seq .. " " .. epoch .. " " .. owner end

if #ARGV >= 5 and redis.call("HEXISTS", KEYS[3], ARGV[5]) == 1 then
  return say("seen")
end
if ARGV[2] ~= "" and ARGV[2] ~= epoch then
  return say("fenced")
end
if seq ~= tonumber(ARGV[1]) then
  return say("stale")
end

local hash
for i = 5, #ARGV, 3 do
  seq = seq + 1
  hash = ARGV[i + 2]
  redis.call("XADD", KEYS[1], seq .. "-1", "b", ARGV[i + 1], "h", hash)
  redis.call("HSET", KEYS[3], ARGV[i], seq)
end
redis.call("HSET", KEYS[2], "seq", seq, "hash", hash)
if ARGV[2] ~= "" then
  local time = redis.call("TIME")
  redis.call("HSET", KEYS[2], "beat", string.format("%.0f", time[1] * 1000 + math.floor(time[2] / 1000)))
else
  redis.call("PUBLISH", ARGV[3], ARGV[4] .. ":" .. seq) -- a signal: the owner must hear at once
end
return say("ok")

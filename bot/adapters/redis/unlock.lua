-- Let go of those resources that this run holds, under this epoch or an older one.
--
-- KEYS     dr:{lock}:<resource>   strings: run:epoch
-- ARGV     run, epoch
--
-- Returns  how many are free now; what somebody else holds stays theirs.

local freed = 0
for _, key in ipairs(KEYS) do
  local run, epoch = string.match(redis.call("GET", key) or "", "^(.*):(%d+)$")
  if run == ARGV[1] and tonumber(epoch) <= tonumber(ARGV[2]) then
    freed = freed + redis.call("DEL", key)
  end
end
return freed

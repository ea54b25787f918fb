-- Hold a resource for a run, unless another run or a newer epoch of this one holds it.
--
-- KEYS[1]  dr:lock:<resource>   string: run:epoch. No TTL: it ends with its step or run, or is displaced.
-- ARGV     run, epoch, the value that may be displaced (its run is over) or ""
--
-- Returns  "" when held now, else the value that stands.

local held = redis.call("GET", KEYS[1])
if held and held ~= ARGV[3] then
  local run, epoch = string.match(held, "^(.*):(%d+)$")
  if run ~= ARGV[1] or tonumber(epoch) > tonumber(ARGV[2]) then
    return held
  end
end
redis.call("SET", KEYS[1], ARGV[1] .. ":" .. ARGV[2])
return ""

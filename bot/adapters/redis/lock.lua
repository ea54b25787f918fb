-- Hold resources for a run, all or none, unless another run or a newer epoch of this one holds any of them.
--
-- KEYS     dr:{lock}:<resource>   strings: run:epoch. No TTL: they end with their step or run, or are displaced.
-- ARGV     run, epoch, then the values that may be displaced (their runs are over)
--
-- Returns  {0, ""} when all are held now, else the first that is not: its place among KEYS, and the value that stands.

local over = {}
for i = 3, #ARGV do
  over[ARGV[i]] = true
end
for place, key in ipairs(KEYS) do
  local held = redis.call("GET", key)
  if held and not over[held] then
    local run, epoch = string.match(held, "^(.*):(%d+)$")
    if run ~= ARGV[1] or tonumber(epoch) > tonumber(ARGV[2]) then
      return {place, held}
    end
  end
end
for _, key in ipairs(KEYS) do
  redis.call("SET", key, ARGV[1] .. ":" .. ARGV[2])
end
return {0, ""}

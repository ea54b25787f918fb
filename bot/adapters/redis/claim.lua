-- Make a run the one active run of its service, unless another run is.
--
-- KEYS[1]  dr:service:<name>   string: run. Without TTL once the run has a journal; deleted when it is over.
-- ARGV     run, the run that may be displaced (it is over) or "", ms until an unused claim ends or "" to keep it
--
-- Returns  "" when it is claimed now, else the run that stands.

local held = redis.call("GET", KEYS[1])
if held and held ~= ARGV[1] and held ~= ARGV[2] then
  return held
end
if ARGV[3] == "" then
  redis.call("SET", KEYS[1], ARGV[1])
elseif held ~= ARGV[1] then
  redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[3])
end
return ""

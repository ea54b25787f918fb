-- Append to a case if nobody else appended since the writer looked.
--
-- KEYS[1]  dr:{case}:entries   list of JSON; never trimmed: a decision not to act is on record, too
-- ARGV     how many entries the writer saw, then the new ones
--
-- Returns  1 when appended, 0 when the case has moved on.

if redis.call("LLEN", KEYS[1]) ~= tonumber(ARGV[1]) then
  return 0
end
for i = 2, #ARGV do
  redis.call("RPUSH", KEYS[1], ARGV[i])
end
return 1

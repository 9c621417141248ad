--[[ Take entries out of an outbox, after MySQL has their claims or has them set aside.

  KEYS[1] outbox  KEYS[2] setAside
  ARGV[1] n        how many entries
  ARGV[2..n+1]     their ids
  ARGV[n+2..]      claims that MySQL could not take: user, reason, ...

  Reply how many entries were taken out. Safe to run twice. At most 4,000 entries; the claims may be any number, because
  somebody else's entry can hold more users than ours do, and `unpack` fails above 8,000. ]]
local outboxKey, setAsideKey = KEYS[1], KEYS[2]
local entryCount = tonumber(ARGV[1])

for from = entryCount + 2, #ARGV, 2000 do
  redis.call('HSET', setAsideKey, unpack(ARGV, from, math.min(from + 1999, #ARGV)))
end
return redis.call('XDEL', outboxKey, unpack(ARGV, 2, entryCount + 1))

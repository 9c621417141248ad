--[[ Take entries out of an outbox, after MySQL has their claims or has them set aside.

  KEYS[1] outbox  KEYS[2] setAside
  ARGV[1] n        how many entries
  ARGV[2..n+1]     their ids
  ARGV[n+2..]      claims that MySQL could not take: user, reason, ...

  Reply how many entries were taken out. Safe to run twice. At most 4,000 arguments, because `unpack` fails above 8,000. ]]
local outboxKey, setAsideKey = KEYS[1], KEYS[2]
local entryCount = tonumber(ARGV[1])

if #ARGV > entryCount + 1 then redis.call('HSET', setAsideKey, unpack(ARGV, entryCount + 2)) end
return redis.call('XDEL', outboxKey, unpack(ARGV, 2, entryCount + 1))

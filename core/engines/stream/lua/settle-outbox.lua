--[[ Take entries out of an outbox, after MySQL has their claims or has them set aside.

  KEYS[1] outbox  KEYS[2] setAside
  ARGV[1] n        how many entries
  ARGV[2..n+1]     their ids
  ARGV[n+2..]      claims that MySQL could not take: user, reason, ...

  Reply how many entries were taken out. Safe to run twice. At most 4,000 entries; the claims may be any number, because
  somebody else's entry can hold more users than ours do, and `unpack` fails above 8,000.

  A claim must not look persisted, so its note and the end of its entry are one step, and nothing may fail in between: a
  note of the wrong type fails before the first write. The entries go first because of a full memory: Redis refuses HSET
  then, but not XDEL, nor anything that comes after a write of the same script. The other way round one claim that was set
  aside would keep its event from being drained, which is what frees the memory. ]]
local outboxKey, setAsideKey = KEYS[1], KEYS[2]
local entryCount = tonumber(ARGV[1])

redis.call('HLEN', setAsideKey)
local deleted = redis.call('XDEL', outboxKey, unpack(ARGV, 2, entryCount + 1))
for from = entryCount + 2, #ARGV, 2000 do
  redis.call('HSET', setAsideKey, unpack(ARGV, from, math.min(from + 1999, #ARGV)))
end
return deleted

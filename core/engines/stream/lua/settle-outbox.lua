--[[ Delete entries from an outbox, once MySQL has stored their claims or recorded them as set aside.

  KEYS[1] outbox  KEYS[2] setAside
  ARGV[1] n        how many entries
  ARGV[2..n+1]     their ids
  ARGV[n+2..]      claims that MySQL could not take: user, reason, ...

  Reply: how many entries were deleted. Safe to run twice. At most 4,000 entries, because `unpack` fails above 8,000
  values, but any number of claims, because an entry that another program wrote can hold more users than ours do.

  A claim that was set aside must not look persisted, so one step marks it and deletes its entry, and nothing may fail
  between the two: if `setAside` has the wrong type, the script fails before its first write. The entries go first,
  because a Redis whose memory is full refuses HSET, unless the script has already written something, and XDEL counts.
  In the other order, one such claim would stop the drain, which is what frees memory. ]]
local outboxKey, setAsideKey = KEYS[1], KEYS[2]
local entryCount = tonumber(ARGV[1])

redis.call('HLEN', setAsideKey)
local deleted = redis.call('XDEL', outboxKey, unpack(ARGV, 2, entryCount + 1))
for from = entryCount + 2, #ARGV, 2000 do
  redis.call('HSET', setAsideKey, unpack(ARGV, from, math.min(from + 1999, #ARGV)))
end
return deleted

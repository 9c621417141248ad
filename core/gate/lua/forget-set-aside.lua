--[[ Forget that claims of a round were set aside, because an operator settled them or MySQL has them after all.

  KEYS[1] gate  KEYS[2] setAside
  ARGV[1] round
  ARGV[2] settled   '1' if MySQL still lacks one of the claims
  ARGV[3..]         the claims' users, at most 4,000

  Reply: how many users were forgotten. Safe to run twice.

  A claim that MySQL lacks must not look persisted, so the script first records in the gate that there are such winners.
  If memory is full, Redis refuses that write, and nothing is done. ]]
local gateKey, setAsideKey = KEYS[1], KEYS[2]

redis.call('HLEN', setAsideKey)
if ARGV[2] == '1' and redis.call('HGET', gateKey, 'round') == ARGV[1] then redis.call('HSET', gateKey, 'settled', '1') end
return redis.call('HDEL', setAsideKey, unpack(ARGV, 3))

--[[ Write a gate's round again, unchanged, so that a WAIT on this connection waits for everything written before.

  KEYS[1] gate

  Reply 1, or 0 if there is no such gate and nothing was written. Safe to run twice. If memory is full, Redis refuses
  HSET unless the same script has already written something, so the script deletes first. ]]
local gateKey = KEYS[1]

local round = redis.call('HGET', gateKey, 'round')
if not round then return 0 end
redis.call('HDEL', gateKey, 'touched')
redis.call('HSET', gateKey, 'round', round)
return 1

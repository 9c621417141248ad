--[[ Write a gate's round again, as it is, so that a WAIT on this connection waits for all that was written before.

  KEYS[1] gate

  Reply 1, or 0 if there is no such gate; nothing was written then. Safe to run twice. It deletes first, because
  memory may be full: Redis then refuses HSET, but nothing that follows a write of the same script. ]]
local gateKey = KEYS[1]

local round = redis.call('HGET', gateKey, 'round')
if not round then return 0 end
redis.call('HDEL', gateKey, 'touched')
redis.call('HSET', gateKey, 'round', round)
return 1

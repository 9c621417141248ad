--[[ Take an event's lock for a while, unless another token holds it.

  KEYS[1] lock      string: the holder's token; its time to live is the rest of the lease
  ARGV[1] token     of this holding; no other holding has the same
  ARGV[2] leaseMs   how long it is held if it is not renewed

  Reply {'held'}               the caller holds it, for leaseMs from now on
        {'taken', leaseLeftMs} another token holds it

  Safe to run twice: a token that already holds the lock gets it again, with a whole lease. ]]
local lockKey = KEYS[1]
local token, leaseMs = ARGV[1], ARGV[2]

local holder = redis.call('GET', lockKey)
if holder and holder ~= token then
  local leaseLeft = redis.call('PTTL', lockKey)
  if leaseLeft >= 0 then return {'taken', leaseLeft} end
  -- Our locks always expire, so another program wrote this key. Make it expire too, or it would block the event's
  -- claims for ever.
  redis.call('PEXPIRE', lockKey, leaseMs)
  return {'taken', tonumber(leaseMs)}
end
redis.call('SET', lockKey, token, 'PX', leaseMs)
return {'held'}

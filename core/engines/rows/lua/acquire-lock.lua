--[[ Take an event's lock for a while, unless somebody else holds it.

  KEYS[1] lock      string: the token of the holder; its time to live is what is left of the lease
  ARGV[1] token     of this holding, nobody else's
  ARGV[2] leaseMs   how long it is held if it is not renewed

  Reply {'held'}               the caller holds it, for leaseMs from now on
        {'taken', leaseLeftMs} another token holds it

  Safe to run twice: who holds it already gets it again, with a whole lease. ]]
local lockKey = KEYS[1]
local token, leaseMs = ARGV[1], ARGV[2]

local holder = redis.call('GET', lockKey)
if holder and holder ~= token then
  local leaseLeft = redis.call('PTTL', lockKey)
  if leaseLeft >= 0 then return {'taken', leaseLeft} end
  -- Somebody else wrote it: ours always end. Without an end it would keep the event closed for ever.
  redis.call('PEXPIRE', lockKey, leaseMs)
  return {'taken', tonumber(leaseMs)}
end
redis.call('SET', lockKey, token, 'PX', leaseMs)
return {'held'}

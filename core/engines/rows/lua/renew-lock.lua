--[[ Renew a lock's lease.

  KEYS[1] lock    ARGV[1] token    ARGV[2] leaseMs

  Reply 'renewed'  this token holds it for leaseMs from now on; no other token can have held it in between
        'lost'     another token holds it, or none does; nothing was done

  Safe to run twice. ]]
local lockKey = KEYS[1]
local token, leaseMs = ARGV[1], ARGV[2]

if redis.call('GET', lockKey) ~= token then return 'lost' end
redis.call('PEXPIRE', lockKey, leaseMs)
return 'renewed'

--[[ Begin a lock's lease anew.

  KEYS[1] lock    ARGV[1] token    ARGV[2] leaseMs

  Reply 'renewed'  held by this token, which nobody else can have had in between, for leaseMs from now on
        'lost'     another token holds it, or none; nothing was done

  Safe to run twice. ]]
local lockKey = KEYS[1]
local token, leaseMs = ARGV[1], ARGV[2]

if redis.call('GET', lockKey) ~= token then return 'lost' end
redis.call('PEXPIRE', lockKey, leaseMs)
return 'renewed'

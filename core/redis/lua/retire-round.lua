--[[ Take a finished round out of Redis. MySQL must have all its claims, and its row must say that it is retired.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] outbox  KEYS[4] setAside
  ARGV[1] round
  ARGV[2] version  the event's version when it was retired

  Reply 'retired'
        'pending'  the outbox still holds claims; nothing was done
        'newer'    the gate has a newer version: the round is in use again; nothing was done

  Another round's gate stays. Safe to run twice. ]]
local gateKey, winnersKey, outboxKey, setAsideKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local round, version = ARGV[1], tonumber(ARGV[2])

if redis.call('XLEN', outboxKey) > 0 then return 'pending' end
local gate = redis.call('HMGET', gateKey, 'round', 'version')
if gate[1] == round then
  if tonumber(gate[2]) > version then return 'newer' end
  redis.call('UNLINK', gateKey)
end
redis.call('UNLINK', winnersKey, outboxKey, setAsideKey)
return 'retired'

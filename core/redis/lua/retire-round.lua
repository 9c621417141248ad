--[[ Take a finished round out of Redis. MySQL must have all its claims, and its row must say that it is retired.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] outbox  KEYS[4] setAside  KEYS[5] attempts  KEYS[6] holders  KEYS[7] returned
  KEYS[8] regiven
  ARGV[1] round
  ARGV[2] version  the event's version when it was retired

  Reply 'retired'
        'pending'  the outbox still holds claims, or units are being written; nothing was done
        'newer'    the gate has a newer version: the round is in use again; nothing was done

  Another round's gate stays. Safe to run twice. ]]
local gateKey, winnersKey, outboxKey, setAsideKey, attemptsKey, holdersKey, returnedKey, regivenKey = unpack(KEYS)
local round, version = ARGV[1], tonumber(ARGV[2])

if redis.call('XLEN', outboxKey) > 0 or redis.call('HLEN', attemptsKey) > 0 then return 'pending' end
local gate = redis.call('HMGET', gateKey, 'round', 'version')
if gate[1] == round then
  if tonumber(gate[2]) > version then return 'newer' end
  redis.call('UNLINK', gateKey)
end
redis.call('UNLINK', winnersKey, outboxKey, setAsideKey, attemptsKey, holdersKey, returnedKey, regivenKey)
return 'retired'

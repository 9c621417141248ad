--[[ Give up the retirement of a round, so that its row may again say that the round is in Redis.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] outbox  KEYS[4] setAside  KEYS[5] attempts  KEYS[6] holders  KEYS[7] returned
  KEYS[8] regiven  KEYS[9] line  KEYS[10] waiting  KEYS[11] passes  KEYS[12] sealed
  ARGV[1] round

  Reply 'kept'  all or part of the round is in Redis, and no retire-round.lua that was sent before will remove it
        'gone'  nothing of it is left: it was retired

  Safe to run twice. ]]
local gateKey = KEYS[1]
if redis.call('HGET', gateKey, 'round') == ARGV[1] then
  redis.call('HDEL', gateKey, 'retiring')
  return 'kept'
end
local parts = redis.call('EXISTS', unpack(KEYS, 2))
return parts > 0 and 'kept' or 'gone'

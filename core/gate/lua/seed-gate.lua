--[[ Make a round's gate if there is none, or only one that nobody has ever trusted.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] outbox  KEYS[4] attempts  KEYS[5] holders  KEYS[6] returned  KEYS[7] regiven
  ARGV[1] mode   'first': nobody can have claimed in this round yet
                 'again': the round was seeded before. MySQL has no claim of it, and the opening is in the future by
                 MySQL's clock. The gate is made only if the opening is in the future by Redis's clock too
                 'keep': somebody may have claimed, so nothing is made; the reply says what is there
                 'rebuilt': the winners have been put back before; there must be as many as `issued` minus `vacant`
  ARGV[2] seal   the seal that the row of MySQL has now, or ''
  ARGV[3] returned  mode 'rebuilt': the numbers below the field `given` that no winner has, separated by spaces; else ''
  ARGV[4] regiven   mode 'rebuilt': the numbers that were given again, separated by spaces; else ''
  ARGV[5..] the gate's fields: name, value, ...

  Unless it is rebuilt, the new gate is inert: its runId is a seal, "seed:<seededAt>", which is no Redis's run_id, so
  decide-claims.lua answers 'unverified'. The process that makes it commits that `seededAt` to the row, and then
  trust-gate.lua gives it a run_id. Until then the gate has no claims, and a gate with a later seal may replace it,
  unless the row has the gate's seal: then the gate only has to be trusted. A pending change of the old gate is kept. A
  gate that was ever trusted is never replaced.

  Reply 'seeded'    the gate is there now
        'exists'    there is a gate that was trusted, or whose seal is the row's; nothing was changed
        'newer'     there is an inert gate with a later seal: the caller has lost the lock of the event's row, and must
                    not commit; nothing was changed
        'late'      mode 'again' and the round is open, or mode 'keep': the gate is lost
        'leftover'  parts of the round exist without its gate, so the gate is lost

  Safe to run twice: the second run makes the same gate, or answers 'exists' if the first has been trusted. ]]
local gateKey, winnersKey, outboxKey, attemptsKey, holdersKey, returnedKey, regivenKey = unpack(KEYS)
local mode, seal, returned, regiven = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local field = {}
for i = 5, #ARGV, 2 do field[ARGV[i]] = ARGV[i + 1] end

local there = redis.call('HMGET', gateKey, 'runId', 'carry', 'paused', 'closed', 'round')
local inert = there[1] and string.sub(there[1], 1, 5) == 'seed:'
-- If the gate is in a later round, a reset has made it, and this rebuild of the previous round comes too late.
local later = (tonumber(there[5]) or 0) > tonumber(field.round)
if redis.call('EXISTS', gateKey) == 1 and (not inert or later or there[1] == seal) then return 'exists' end
local sealedAt = tonumber(string.match(field.runId, '^seed:(%d+)$'))
if inert and sealedAt and tonumber(string.sub(there[1], 6)) > sealedAt then return 'newer' end
if redis.call('HLEN', winnersKey) ~= tonumber(field.issued) - tonumber(field.vacant) then return 'leftover' end
if mode ~= 'rebuilt' and redis.call('XLEN', outboxKey) > 0 then return 'leftover' end
if redis.call('EXISTS', attemptsKey, holdersKey, returnedKey, regivenKey) > 0 then return 'leftover' end
if mode == 'keep' then return 'late' end
if mode == 'again' then
  local time = redis.call('TIME')
  if tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) >= tonumber(field.opensAt) then return 'late' end
end
redis.call('HSET', gateKey, unpack(ARGV, 5))
for number in string.gmatch(returned, '%d+') do redis.call('ZADD', returnedKey, number, number) end
for number in string.gmatch(regiven, '%d+') do redis.call('SADD', regivenKey, number) end
if inert and there[2] and there[2] ~= '' then
  redis.call('HSET', gateKey, 'carry', there[2], 'paused', there[3], 'closed', there[4])
end
return 'seeded'

--[[ Replace an event's gate with the gate of its next round, in one step.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] outbox  KEYS[4] attempts  KEYS[5] holders  KEYS[6] returned  KEYS[7] regiven
                all but the gate are the new round's
  ARGV[1] mode   'first': nobody can have claimed in the new round yet
                 'again': the round was seeded before. MySQL has no claim of it, and the opening is in the future by
                 MySQL's clock. The gate is made only if the opening is in the future by Redis's clock too
                 'keep': somebody may have claimed, so nothing is made
  ARGV[2] seenRound  ARGV[3] seenVersion  ARGV[4] seenCarry
                 the old gate's fields, '' for a missing one; the caller has made sure that MySQL has them all
  ARGV[5..] the new gate's fields: name, value, ...

  The new gate is inert, like one of seed-gate.lua: it decides nothing until its row is committed and trust-gate.lua is
  called. The previous round keeps its winners, its outbox and its units, so its decisions remain valid, but no script
  decides in it any more, because the gate is in the new round.

  Reply {'seeded', issued, firstAt, soldOutAt}  the new gate is there; what the old one had issued, and when ('': never)
        {'changed'}   the gate is gone, or is not the one that was seen; nothing was changed
        {'late'}      mode 'again' and the new round is open, or mode 'keep': the new round's gate is lost
        {'leftover', issued, firstAt, soldOutAt}  there are parts of the new round, so it had a gate, which is lost. In
                      mode 'first', the old gate was removed, so that it no longer decides in the old round

  Safe to run twice: the second run answers 'changed'. ]]
local gateKey, winnersKey, outboxKey, attemptsKey, holdersKey, returnedKey, regivenKey = unpack(KEYS)
local mode, seenRound, seenVersion, seenCarry = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local field = {}
for i = 5, #ARGV, 2 do field[ARGV[i]] = ARGV[i + 1] end

if redis.call('EXISTS', gateKey) == 0 then return {'changed'} end
-- Another program may have overwritten the key. If so, the gate has none of the fields.
local there = {}
if redis.call('TYPE', gateKey).ok == 'hash' then
  there = redis.call('HMGET', gateKey, 'round', 'version', 'carry', 'issued', 'firstAt', 'soldOutAt')
end
local function had(n) return there[n] or '' end
if had(1) ~= seenRound or had(2) ~= seenVersion or had(3) ~= seenCarry then return {'changed'} end
if mode == 'keep' then return {'late'} end
if redis.call('EXISTS', winnersKey, outboxKey, attemptsKey, holdersKey, returnedKey, regivenKey) > 0 then
  if mode == 'first' then redis.call('UNLINK', gateKey) end
  return {'leftover', had(4), had(5), had(6)}
end
if mode == 'again' then
  local time = redis.call('TIME')
  if tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) >= tonumber(field.opensAt) then return {'late'} end
end

-- Nothing fails after the first write, even if memory is full, because that write frees memory.
redis.call('UNLINK', gateKey)
redis.call('HSET', gateKey, unpack(ARGV, 5))
return {'seeded', had(4), had(5), had(6)}

--[[ Make a round's gate, where there is none.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] outbox
  ARGV[1] mode   'first': nobody can have claimed in this round yet
                 'again': somebody may have, so only before the opening, when no claim can exist
                 'rebuilt': the winners have been put back before, and must be as many as the field `issued` says
  ARGV[2] opensAtMs
  ARGV[3] issued
  ARGV[4..] the gate's fields: name, value, ...

  Reply 'seeded'    the gate is there now
        'exists'    there is a gate already; nothing was changed
        'late'      mode 'again', and the round is open: a lost gate
        'leftover'  parts of the round are there without its gate: a lost gate

  Safe to run twice: the second run answers 'exists'. ]]
local gateKey, winnersKey, outboxKey = KEYS[1], KEYS[2], KEYS[3]
local mode, opensAt, issued = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

if redis.call('EXISTS', gateKey) == 1 then return 'exists' end
if redis.call('HLEN', winnersKey) ~= issued then return 'leftover' end
if mode ~= 'rebuilt' and redis.call('XLEN', outboxKey) > 0 then return 'leftover' end
if mode == 'again' then
  local time = redis.call('TIME')
  if tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) >= opensAt then return 'late' end
end
redis.call('HSET', gateKey, unpack(ARGV, 4))
return 'seeded'

--[[ Remove the parts of a lost round that are useless without its gate, so that the round can be rebuilt.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] outbox  KEYS[4] setAside  KEYS[5] attempts  KEYS[6] holders  KEYS[7] returned
  KEYS[8] regiven
  ARGV[1..] field, value, ...: the lost gate as it was seen; a different gate comes from another repair. No ARGV: no
            gate was seen.

  Reply 'cleared', or 'changed' if there is a gate that was not seen; nothing was done then

  Winners and outbox stay, because they are claims. A key whose type is not ours holds no claims, and is removed. The
  places of units mean nothing without their gate: MySQL has every unit that became a claim. Safe to run twice. ]]
local gateKey, winnersKey, outboxKey, setAsideKey, attemptsKey, holdersKey, returnedKey, regivenKey = unpack(KEYS)

local function isOf(key, kind)
  local found = redis.call('TYPE', key).ok
  return found == kind or found == 'none'
end

if redis.call('TYPE', gateKey).ok == 'hash' then
  if redis.call('HLEN', gateKey) * 2 ~= #ARGV then return 'changed' end
  for i = 1, #ARGV, 2 do
    if redis.call('HGET', gateKey, ARGV[i]) ~= ARGV[i + 1] then return 'changed' end
  end
end
redis.call('UNLINK', gateKey, attemptsKey, holdersKey, returnedKey, regivenKey)
if not isOf(winnersKey, 'hash') then redis.call('UNLINK', winnersKey) end
if not isOf(outboxKey, 'stream') then redis.call('UNLINK', outboxKey) end
if not isOf(setAsideKey, 'hash') then redis.call('UNLINK', setAsideKey) end
return 'cleared'

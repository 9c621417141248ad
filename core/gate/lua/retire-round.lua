--[[ Take a finished round out of Redis, in two steps. Between them, its row in MySQL is marked as retired.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] outbox  KEYS[4] setAside  KEYS[5] attempts  KEYS[6] holders  KEYS[7] returned
  KEYS[8] regiven  KEYS[9] line  KEYS[10] waiting  KEYS[11] passes  KEYS[12] sealed
  ARGV[1] step     'begin': check, and write the token to the gate; 'end': check again, and unlink
  ARGV[2] round
  ARGV[3] version  the event's version when its claims were verified
  ARGV[4] winners  how many winners were verified in MySQL
  ARGV[5] token    identifies this retirement; 'end' needs the token of the newest 'begin', which keep-round.lua removes

  Reply {'ready', counter}  step 'begin': nothing prevents it. `counter`: how many were issued, vacant serials too
        {'retired'}         it is out of Redis: step 'end' unlinked it, or nothing of the round was left
        {'set_aside', n}    MySQL could not take n claims, and nobody has settled them
        {'pending'}         the outbox holds claims, or units are being written
        {'newer'}, {'older'}  the gate has a newer or an older version than was verified
        {'carrying'}        the gate has a pending change, which MySQL may lack
        {'unsold'}          the round is not closed, and some of the stock is not issued
        {'winners', n}      there are n winners, not as many as were verified
        {'unmarked'}        step 'end': another retirement has begun since, or this one was given up
  With any reply but 'ready' and 'retired', nothing was done.

  A gate that is in another round stays: of an earlier round, only the parts are checked and unlinked.
  Both steps are safe to run twice. ]]
local gateKey, winnersKey, outboxKey, setAsideKey, attemptsKey = unpack(KEYS)
local step, round, version, winners, token = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]

local gate = redis.call('HMGET', gateKey, 'round', 'version', 'carry', 'stock', 'issued', 'closed', 'closesAt', 'lastAt',
  'retiring')
local here = gate[1] == round
local parts = redis.call('EXISTS', unpack(KEYS, 2))
if not here and parts == 0 then return {'retired'} end

local setAside = redis.call('HLEN', setAsideKey)
if setAside > 0 then return {'set_aside', setAside} end
if redis.call('XLEN', outboxKey) > 0 or redis.call('HLEN', attemptsKey) > 0 then return {'pending'} end
local counter = winners
if here then
  if tonumber(gate[2]) > version then return {'newer'} end
  if tonumber(gate[2]) < version then return {'older'} end
  if gate[3] and gate[3] ~= '' then return {'carrying'} end
  local time = redis.call('TIME')
  local now = math.max(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), tonumber(gate[8]))
  local closesAt = tonumber(gate[7])
  counter = tonumber(gate[5])
  if gate[6] ~= '1' and not (closesAt and now >= closesAt) and counter < tonumber(gate[4]) then return {'unsold'} end
end
local count = redis.call('HLEN', winnersKey)
if count ~= winners then return {'winners', count} end
if step == 'begin' then
  if here then redis.call('HSET', gateKey, 'retiring', token) end
  return {'ready', counter}
end
if here and gate[9] ~= token then return {'unmarked'} end
if here then redis.call('UNLINK', gateKey) end
redis.call('UNLINK', unpack(KEYS, 2))
return {'retired'}

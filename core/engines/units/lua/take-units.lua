--[[ Take units from an event's stock for users, in the order given: at most one per holder, never more than the stock.

  A unit is a number 1..stock: the serial of the claim that it may become. Each number 1..given is in exactly one place:

    free (above given) --take--> attempted --settle--> winner's        `attempts` -> `winners`
                                     |  ^
                                return  take again                     `attempts` <-> `returned`
                                     v  |
                                   returned --settle--> winner's       MySQL stored the row after the return

  Only take-units.lua gives numbers. Only settle-units.lua makes winners, and only from rows that MySQL has committed.
  return-units.lua returns numbers that MySQL was seen to lack. MySQL's unique keys are the fence: if a number is given
  again while an insert of it is still on its way, MySQL stores it for one of the two users, who becomes the winner.
  `given` never goes down, so that no row can ever have a higher serial.

  KEYS[1] gate      hash
  KEYS[2] winners   hash, user -> "serial:claimedAtMs"
  KEYS[3] attempts  hash, number -> "claimedAtMs:deadlineMs:holder"
  KEYS[4] holders   hash, holder -> number
  KEYS[5] returned  sorted set of numbers
  KEYS[6] regiven   set of the numbers that were given again: only their claims may be younger than claims above them
  ARGV[1] round     the round that the keys belong to
  ARGV[2] runId     the run_id of the Redis that the caller is connected to
  ARGV[3] strategy  the caller's; the two counters name their holders differently, so neither may take units from the
                    other's gate: a user could get a second unit besides the one that the other counter is writing
  ARGV[4] unitsMax  how many units the caller can write to MySQL now; 0: only ask
  ARGV[5] attemptMs how long an attempt belongs to its caller before others may judge it
  ARGV[6] callId    '': the user is the holder, and a user who asks again while the attempt is open continues it.
                    Otherwise the holder is this call's n-th user, so that a user can hold several units; MySQL then
                    refuses all but one.
  ARGV[7..]         users, at most 256

  Reply {'decided', nowMs, phase, opensAtMs, left, result...}, phase as in the domain ('open', 'sold_out', ...), `left`
        how many units could be given now, and one result per user, in order:
          {number, attempt}     for the caller to write to MySQL; `attempt` as recorded
          "serial:claimedAtMs"  issued before
          0                     refused because of `phase`
          -1                    later: no unit now, but perhaps once the open attempts are settled or returned
        {'no_gate'}, {'round', round}, {'unverified'}, {'strategy', strategy} as in decide-claims.lua
        {'torn'}                the numbers 1..given are not all where they belong: part of the round was lost

  Safe to run twice: the second run finds the attempts of the first. Lua does not roll back, so everything that can fail
  (a missing key, a wrong type, no memory) fails at or before the first write, HSET. ]]
local gateKey, winnersKey, attemptsKey, holdersKey, returnedKey, regivenKey = unpack(KEYS)
local round, runId, strategy = ARGV[1], ARGV[2], ARGV[3]
local unitsMax, attemptMs, callId = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local firstUserAt = 7

local gate = redis.call('HMGET', gateKey, 'round', 'runId', 'stock', 'issued', 'opensAt', 'closesAt', 'paused', 'closed', 'lastAt',
  'given', 'heldOpensAt', 'strategy')
if not gate[1] then return {'no_gate'} end
if gate[1] ~= round then return {'round', gate[1]} end
if gate[2] ~= runId then return {'unverified'} end
if gate[12] ~= strategy then return {'strategy', gate[12] or ''} end
local stock, issued, given = tonumber(gate[3]), tonumber(gate[4]), tonumber(gate[10])
local opensAt, closesAt = tonumber(gate[5]), tonumber(gate[6])
local attempted = redis.call('HLEN', attemptsKey)
redis.call('SCARD', regivenKey)
if redis.call('HLEN', winnersKey) ~= issued or redis.call('HLEN', holdersKey) ~= attempted
  or issued + attempted + redis.call('ZCARD', returnedKey) ~= given then return {'torn'} end

-- If the clock steps back, an open round stays open, and no unit gets an earlier time than the one before it.
local time = redis.call('TIME')
local now = math.max(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), tonumber(gate[9]))

local phase
if gate[8] == '1' or (closesAt and now >= closesAt) then phase = 'closed'
elseif now < opensAt then phase = 'scheduled'
elseif gate[7] == '1' then phase = 'paused'
elseif issued >= stock then phase = 'sold_out'
else phase = 'open' end

local function text(number) return string.format('%.0f', number) end

local function holderAt(i)
  if callId == '' then return ARGV[i] end
  return callId .. '.' .. i .. ' ' .. ARGV[i]
end

local writers
-- Whether this user has a unit that is being written, whichever call took it.
local function isWriting(user)
  if not writers then
    writers = {}
    for _, holder in ipairs(redis.call('HKEYS', holdersKey)) do writers[string.match(holder, '[^ ]+$')] = true end
  end
  return writers[user]
end

local held = redis.call('HMGET', winnersKey, unpack(ARGV, firstUserAt))
local before = {}
if attempted > 0 then
  local holders = {}
  for i = firstUserAt, #ARGV do holders[#holders + 1] = holderAt(i) end
  before = redis.call('HMGET', holdersKey, unpack(holders))
end
local again, left = {}, 0
if phase == 'open' then
  left = redis.call('ZCOUNT', returnedKey, '-inf', stock) + math.max(0, stock - given)
  if unitsMax > 0 then again = redis.call('ZRANGEBYSCORE', returnedKey, '-inf', stock, 'LIMIT', 0, unitsMax) end
end

local reply = {'decided', now, phase, tonumber(gate[11]) or opensAt, 0}
local nowText, deadlineText = text(now), text(now + attemptMs)
local numberOf, attempts, holders, taken, handed, givenNow = {}, {}, {}, 0, 0, given

local function record(number, claimedAt, holder)
  local attempt = claimedAt .. ':' .. deadlineText .. ':' .. holder
  attempts[#attempts + 1] = number
  attempts[#attempts + 1] = attempt
  handed = handed + 1
  return {tonumber(number), attempt}
end

for i = firstUserAt, #ARGV do
  local result = held[i - firstUserAt + 1]
  if not result and phase ~= 'open' and attempted == 0 then
    result = 0
  elseif not result then
    local holder = holderAt(i)
    local number = before[i - firstUserAt + 1]
    if numberOf[holder] then
      result = numberOf[holder]
    elseif number then
      result = -1
      if handed < unitsMax then
        result = record(number, string.match(redis.call('HGET', attemptsKey, number), '^%d+'), holder)
        numberOf[holder] = result
      end
    elseif phase == 'open' then
      result = -1
      if handed < unitsMax and taken < left then
        taken = taken + 1
        number = again[taken]
        if not number then
          givenNow = givenNow + 1
          number = text(givenNow)
        end
        holders[#holders + 1] = holder
        holders[#holders + 1] = number
        result = record(number, nowText, holder)
        numberOf[holder] = result
      end
    elseif callId ~= '' and attempted > 0 and isWriting(ARGV[i]) then
      result = -1
    else
      result = 0
    end
  end
  reply[#reply + 1] = result
end
reply[5] = left - taken
if handed == 0 then return reply end

redis.call('HSET', attemptsKey, unpack(attempts))
if taken == 0 then return reply end
redis.call('HSET', holdersKey, unpack(holders))
if #again > 0 then
  redis.call('ZREM', returnedKey, unpack(again, 1, math.min(taken, #again)))
  redis.call('SADD', regivenKey, unpack(again, 1, math.min(taken, #again)))
end
redis.call('HSET', gateKey, 'given', text(givenNow), 'lastAt', nowText)
return reply

--[[ Settle units: turn claims that are committed in MySQL into winners, wherever their numbers are. See take-units.lua.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] attempts  KEYS[4] holders  KEYS[5] returned
  ARGV[1] round
  ARGV[2] newestRound  the newest round that the caller knows of this event
  ARGV[3] strategy     the caller's, which gave the units
  ARGV[4..]  number, claimedAtMs, user, ...: rows of MySQL, at most 256

  Reply {'settled', result...}, one result per row:
          1  settled now; only one call ever gets this for a row
          0  was settled before
         -1  Redis has another user for this number, or another number for this user: the stores contradict each other
        {'no_gate'}, {'round', round}, {'strategy', strategy} as in decide-claims.lua, unless the round is known to be a
          past one
        {'torn'}  this gate never gave one of the numbers, so it is older than MySQL; nothing was done

  In a past round (one below newestRound or below the gate's), units are settled by the round's own parts: the gate
  belongs to another round and has no counts of this one. If the past round has left Redis, there is nothing left to
  settle, and the result is 0.

  If another user has an attempt at the number, the attempt ends, because MySQL will refuse its insert. The phase does
  not matter, because the units have been taken already. Safe to run twice. Nothing fails after the first write. That
  write frees memory, so units can be settled even if memory is full. ]]
local gateKey, winnersKey, attemptsKey, holdersKey, returnedKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local round, newestRound, strategy, firstRowAt = ARGV[1], tonumber(ARGV[2]), ARGV[3], 4

local gate = redis.call('HMGET', gateKey, 'round', 'stock', 'issued', 'given', 'firstAt', 'lastAt', 'strategy')
local past = math.max(newestRound, tonumber(gate[1]) or 0) > tonumber(round)
if not past then
  if not gate[1] then return {'no_gate'} end
  if gate[1] ~= round then return {'round', gate[1]} end
  if gate[7] ~= strategy then return {'strategy', gate[7] or ''} end
end
local stock, issued, given, firstAt = tonumber(gate[2]), tonumber(gate[3]), tonumber(gate[4]), tonumber(gate[5])
local numbers, users = {}, {}
for i = firstRowAt, #ARGV, 3 do
  if not past and (not given or tonumber(ARGV[i]) > given) then return {'torn'} end
  numbers[#numbers + 1] = ARGV[i]
  users[#users + 1] = ARGV[i + 2]
end
local held = redis.call('HMGET', winnersKey, unpack(users))
local attempts = redis.call('HMGET', attemptsKey, unpack(numbers))
redis.call('HLEN', holdersKey)
redis.call('ZCARD', returnedKey)
local takenOut = past and redis.call('EXISTS', winnersKey, attemptsKey, returnedKey) == 0

local reply, settled, winnerNow = {'settled'}, 0, {}
for row, number in ipairs(numbers) do
  local claimedAt, user = ARGV[firstRowAt + 3 * (row - 1) + 1], users[row]
  local winner = number .. ':' .. claimedAt
  -- One call can contain the same row twice.
  local before = held[row] or winnerNow[user]
  local result = -1
  if before then
    if before == winner then result = 0 end
  elseif takenOut then
    result = 0
  elseif attempts[row] then
    redis.call('HDEL', attemptsKey, number)
    redis.call('HDEL', holdersKey, string.match(attempts[row], '^%d+:%d+:(.*)$'))
    result = 1
  else
    result = redis.call('ZREM', returnedKey, number) == 1 and 1 or -1
  end
  if result == 1 then
    redis.call('HSET', winnersKey, user, winner)
    winnerNow[user] = winner
    settled = settled + 1
    firstAt = math.min(firstAt or math.huge, tonumber(claimedAt))
  end
  reply[#reply + 1] = result
end
if settled == 0 or past then return reply end

issued = issued + settled
redis.call('HSET', gateKey, 'issued', string.format('%.0f', issued), 'firstAt', string.format('%.0f', firstAt))
if issued == stock then
  local time = redis.call('TIME')
  local now = math.max(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), tonumber(gate[6]))
  redis.call('HSET', gateKey, 'soldOutAt', string.format('%.0f', now))
end
return reply

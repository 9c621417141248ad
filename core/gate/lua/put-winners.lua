--[[ Put claims back among a round's winners: claims that MySQL or the outbox has and the winners lack.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] attempts  KEYS[4] holders  KEYS[5] returned
  ARGV[1] round
  ARGV[2] strategy  the event's, as the caller knows it
  ARGV[3] mayRaise  1: a serial above the gate's counter raises the counter to it, and the serials in between are
                    skipped; otherwise the claim is left out
  ARGV[4..]  serial, claimedAtMs, user, ...: in serial order, at most 256

  Reply {'put', result...}, one result per claim:
          1  put now
          0  the user is a winner already, with this serial or another
         -1  no place: there are as many winners as serials, or the serial is above the stock; left out
         -2  the serial is above the counter, which may not be raised; left out
        {'no_gate'}, {'round', round}, {'strategy', strategy} as in decide-claims.lua

  Without units (no `given`), a counter is raised only while the event is paused or closed: if Redis came back
  with an older state than MySQL's, nobody knows what else the lost, newer gate promised. With units, a number is taken
  from wherever it is, as in settle-units.lua, and the numbers between become returned ones. Safe to run twice.
  Everything that can fail fails at or before the first write, HSET. ]]
local gateKey, winnersKey, attemptsKey, holdersKey, returnedKey = unpack(KEYS)
local round, strategy, mayRaise, firstClaimAt = ARGV[1], ARGV[2], ARGV[3] == '1', 4

local gate = redis.call('HMGET', gateKey, 'round', 'stock', 'issued', 'given', 'vacant', 'firstAt', 'lastAt', 'soldOutAt',
  'paused', 'closed', 'strategy')
if not gate[1] then return {'no_gate'} end
if gate[1] ~= round then return {'round', gate[1]} end
if gate[11] ~= strategy then return {'strategy', gate[11] or ''} end
local stock, issued, given, vacant = tonumber(gate[2]), tonumber(gate[3]), tonumber(gate[4]), tonumber(gate[5]) or 0
local firstAt, lastAt = tonumber(gate[6]), tonumber(gate[7])
if not given and gate[9] ~= '1' and gate[10] ~= '1' then mayRaise = false end
local count = redis.call('HLEN', winnersKey)
redis.call('HLEN', attemptsKey)
redis.call('HLEN', holdersKey)
redis.call('ZCARD', returnedKey)

local function text(number) return string.format('%.0f', number) end

local reply, wins, taken, between, seen = {'put'}, {}, {}, {}, {}
for i = firstClaimAt, #ARGV, 3 do
  local serial, claimedAt, user = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), ARGV[i + 2]
  local top = given or issued
  local result
  if seen[user] or redis.call('HEXISTS', winnersKey, user) == 1 then result = 0
  elseif serial > stock or (not given and serial <= issued and count >= issued) then result = -1
  elseif serial > top and not mayRaise then result = -2
  else
    result = 1
    seen[user] = true
    wins[#wins + 1] = user
    wins[#wins + 1] = ARGV[i] .. ':' .. ARGV[i + 1]
    taken[#taken + 1] = ARGV[i]
    count = count + 1
    if given then
      for number = given + 1, serial - 1 do between[#between + 1] = text(number) end
      given = math.max(given, serial)
    else
      issued = math.max(issued, serial)
    end
    lastAt = math.max(lastAt, claimedAt)
    firstAt = math.min(firstAt or math.huge, claimedAt)
  end
  reply[#reply + 1] = result
end
if #wins == 0 then return reply end

redis.call('HSET', winnersKey, unpack(wins))
if given then
  for _, number in ipairs(between) do redis.call('ZADD', returnedKey, number, number) end
  for _, number in ipairs(taken) do
    local attempt = redis.call('HGET', attemptsKey, number)
    if attempt then
      redis.call('HDEL', attemptsKey, number)
      redis.call('HDEL', holdersKey, string.match(attempt, '^%d+:%d+:(.*)$'))
    end
    redis.call('ZREM', returnedKey, number)
  end
  issued = math.max(issued, count)
  redis.call('HSET', gateKey, 'given', text(given))
else
  redis.call('HSET', gateKey, 'vacant', text(math.max(0, math.min(vacant, issued - count))))
end
redis.call('HSET', gateKey, 'issued', text(issued), 'lastAt', text(lastAt), 'firstAt', text(firstAt))
if issued >= stock and gate[8] == '' then redis.call('HSET', gateKey, 'soldOutAt', text(lastAt)) end
return reply

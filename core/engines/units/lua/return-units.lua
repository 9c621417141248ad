--[[ Return units whose numbers MySQL was seen to lack, or that were never sent to it. See take-units.lua.

  KEYS[1] gate  KEYS[2] attempts  KEYS[3] holders  KEYS[4] returned
  ARGV[1] round
  ARGV[2] newestRound  the newest round that the caller knows of this event
  ARGV[3] strategy     the caller's, which gave the units
  ARGV[4..]  number, attempt, ...: as they were recorded when MySQL was asked, at most 256

  Reply {'returned', result...}, one result per unit: 1 returned; 0 left alone, because the number
          no longer belongs to this attempt: the unit was settled or returned, or its user continued it
        {'no_gate'}, {'round', round}, {'strategy', strategy} as in decide-claims.lua, unless the round is known to be a
          past one, which needs no gate, as in settle-units.lua

  Safe to run twice. Nothing fails after the first write. That write frees memory, so units can be returned even if
  memory is full. ]]
local gateKey, attemptsKey, holdersKey, returnedKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local round, newestRound, strategy, firstUnitAt = ARGV[1], tonumber(ARGV[2]), ARGV[3], 4

local gateRound, gateStrategy = unpack(redis.call('HMGET', gateKey, 'round', 'strategy'))
if math.max(newestRound, tonumber(gateRound) or 0) <= tonumber(round) then
  if not gateRound then return {'no_gate'} end
  if gateRound ~= round then return {'round', gateRound} end
  if gateStrategy ~= strategy then return {'strategy', gateStrategy or ''} end
end
redis.call('HLEN', holdersKey)
redis.call('ZCARD', returnedKey)

local reply = {'returned'}
for i = firstUnitAt, #ARGV, 2 do
  local number, attempt = ARGV[i], ARGV[i + 1]
  local result = 0
  if redis.call('HGET', attemptsKey, number) == attempt then
    redis.call('HDEL', attemptsKey, number)
    redis.call('HDEL', holdersKey, string.match(attempt, '^%d+:%d+:(.*)$'))
    redis.call('ZADD', returnedKey, number, number)
    result = 1
  end
  reply[#reply + 1] = result
end
return reply

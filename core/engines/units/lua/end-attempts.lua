--[[ End attempts at numbers that winners have, and remove numbers that are being written from the returned ones.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] attempts  KEYS[4] holders  KEYS[5] returned
  ARGV[1] round
  ARGV[2..]  number, attempt, user, ...: the attempt as it was read, and the user for whom MySQL has the number, '' if
             none; at most 256

  Reply {'ended', count}  count: how many numbers were in two places, and are in one now
        {'no_gate'}, {'round', round} as in decide-claims.lua

  A winner keeps the number for good, and MySQL refuses it to anybody else, so another attempt at it can't succeed: the
  attempt only makes the gate's numbers add up to one too many. An attempt that has changed since it was read (settled,
  returned, or continued by its user) is left alone, and so is an attempt whose number no winner has. Safe to run twice,
  and while claims are decided. Nothing fails after the first write. ]]
local gateKey, winnersKey, attemptsKey, holdersKey, returnedKey = unpack(KEYS)
local round, firstNumberAt = ARGV[1], 2

local gateRound = redis.call('HGET', gateKey, 'round')
if not gateRound then return {'no_gate'} end
if gateRound ~= round then return {'round', gateRound} end
redis.call('HLEN', winnersKey)
redis.call('HLEN', attemptsKey)
redis.call('HLEN', holdersKey)
redis.call('ZCARD', returnedKey)

local ended = 0
for i = firstNumberAt, #ARGV, 3 do
  local number, attempt, user = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if redis.call('HGET', attemptsKey, number) == attempt then
    local winner = user ~= '' and redis.call('HGET', winnersKey, user)
    if winner and string.match(winner, '^[^:]*') == number then
      local holder = string.match(attempt, '^%d+:%d+:(.*)$')
      redis.call('HDEL', attemptsKey, number)
      if holder and redis.call('HGET', holdersKey, holder) == number then redis.call('HDEL', holdersKey, holder) end
      redis.call('ZREM', returnedKey, number)
      ended = ended + 1
    elseif user == '' then
      ended = ended + redis.call('ZREM', returnedKey, number)
    end
  end
end
return {'ended', ended}

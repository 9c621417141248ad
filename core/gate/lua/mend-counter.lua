--[[ Make a gate's counter agree with its winners, without ever giving a serial that somebody may have.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] attempts  KEYS[4] holders  KEYS[5] returned
  ARGV[1] round
  ARGV[2] strategy  the event's, as the caller knows it
  ARGV[3] highest   the highest serial that a winner has
  ARGV[4..]  with units: numbers that were found nowhere; at most 256

  Reply {'mended', changed, vacant}  changed: 1 or 0; vacant: how many serials no winner has
        {'unpaused'}  serials would become vacant, but the event is neither paused nor closed; nothing was changed
        {'no_gate'}, {'round', round}, {'strategy', strategy} as in decide-claims.lua

  Without units, the counter goes up to the highest serial and never down. Serials below it without a winner become
  `vacant`, so that the gate can decide again. Nobody gets a vacant serial, because it may have been promised.

  With units, `issued` counts the winners, which are made only from committed rows; `given` goes up, never down; and
  numbers that are nowhere are returned, because a claim is stored before it is promised. Safe to run twice, and while
  claims are decided. ]]
local gateKey, winnersKey, attemptsKey, holdersKey, returnedKey = unpack(KEYS)
local round, strategy, highest, firstNumberAt = ARGV[1], ARGV[2], tonumber(ARGV[3]), 4

local gate = redis.call('HMGET', gateKey, 'round', 'issued', 'given', 'vacant', 'paused', 'closed', 'stock', 'soldOutAt',
  'lastAt', 'strategy')
if not gate[1] then return {'no_gate'} end
if gate[1] ~= round then return {'round', gate[1]} end
if gate[10] ~= strategy then return {'strategy', gate[10] or ''} end
local issued, given, vacant = tonumber(gate[2]), tonumber(gate[3]), tonumber(gate[4]) or 0
local count = redis.call('HLEN', winnersKey)
local attempted, returned = redis.call('HLEN', attemptsKey), redis.call('ZCARD', returnedKey)

local function text(number) return string.format('%.0f', number) end

local issuedNow, vacantNow, givenNow = issued, vacant, given
local back = {}
if given then
  issuedNow = count
  givenNow = math.max(given, highest)
  local room = givenNow - count - attempted - returned
  for i = firstNumberAt, #ARGV do
    local number = tonumber(ARGV[i])
    if #back < room and number <= givenNow and redis.call('HEXISTS', attemptsKey, ARGV[i]) == 0
      and not redis.call('ZSCORE', returnedKey, ARGV[i]) then back[#back + 1] = ARGV[i] end
  end
else
  issuedNow = math.max(issued, highest)
  vacantNow = math.max(0, issuedNow - count)
  if vacantNow > vacant and gate[5] ~= '1' and gate[6] ~= '1' then return {'unpaused'} end
end
if issuedNow == issued and vacantNow == vacant and givenNow == given and #back == 0 then
  return {'mended', 0, vacantNow}
end
redis.call('HSET', gateKey, 'issued', text(issuedNow))
if given then redis.call('HSET', gateKey, 'given', text(givenNow))
else redis.call('HSET', gateKey, 'vacant', text(vacantNow)) end
for _, number in ipairs(back) do redis.call('ZADD', returnedKey, number, number) end
if issuedNow < tonumber(gate[7]) then redis.call('HSET', gateKey, 'soldOutAt', '')
elseif gate[8] == '' then redis.call('HSET', gateKey, 'soldOutAt', gate[9]) end
return {'mended', 1, vacantNow}

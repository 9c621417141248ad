--[[ Give a gate a newer configuration of its round, always as a whole.

  KEYS[1] gate  KEYS[2] returned  KEYS[3] line  KEYS[4] waiting  KEYS[5] passes  KEYS[6] sealed
  ARGV[1] round  ARGV[2] version  ARGV[3] stock  ARGV[4] opensAtMs  ARGV[5] closesAtMs or ''  ARGV[6] paused 0|1
  ARGV[7] closed 0|1  ARGV[8] info (JSON)
  ARGV[9] carriedBefore  the gate's pending changes that this configuration contains, or ''
  ARGV[10] carry         the changes that MySQL may not have yet (JSON), for the gate to keep; '': MySQL has all
  ARGV[11] reserved      the serials kept for users who can prove that a lost gate promised them: '11-14 31-40', or ''.
                         If the gate does not have the last range yet, that range must begin right above the counter.
                         The counter goes up to the range's end, so the next claim gets the serial after the range, and
                         the range becomes vacant
  ARGV[12] heldOpensAtMs if the round needs an approval: its opening time, because opensAt then is a time that never
                         comes; else ''
  ARGV[13] unconfirmedCut 1 if this lowers the stock without confirmation, which the gate accepts only while the round
                         is not open; 0 if not
  ARGV[14] line          'order opensAtMs perSecond percent' of the waiting line; order 'off' if the event has none

  Reply {'configured'}             the gate has this configuration now
        {'no_gate'}                there is no gate
        {'round', round}           the gate is in another round
        {'older', version}         the gate is at this version or a newer one; nothing was changed
        {'uncarried', carry}       the gate has a pending change that is not in this configuration; nothing was changed
        {'closed'}                 the gate is closed, which is final, but the configuration is not
        {'below_issued', issued}   the stock would be below what is issued, or below the highest unit that a winner has
                                   or that is being written to MySQL; nothing was changed
        {'open', opensAtMs}        the round is open, so its opening time is fixed; nothing was changed
        {'open_cut', issued}       the round is open, paused or sold out, and the cut is unconfirmed; nothing was changed
        {'not_next', issued}       the new range of `reserved` is not right above the counter; nothing was changed
        {'line_in_use', order}     people have joined the line, which keeps its order; nothing was changed

  If the line is turned off while people are in it, the gate's field `line` becomes 'drain ...': serve-line.lua then
  calls those who are left, and ends the line. If Redis has lost part of the line, turning it off ends it at once.

  A configuration of the gate's own version only clears its pending changes. Safe to run twice: the second run answers
  'older'. ]]
local gateKey, returnedKey, lineKey, waitingKey, passesKey, sealedKey = unpack(KEYS)
local round, version, stock, opensAt, closesAt = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local paused, closed, info, carriedBefore, carry = ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local reserved, unconfirmedCut, line = ARGV[11], ARGV[13], ARGV[14]

local gate = redis.call('HMGET', gateKey, 'round', 'version', 'issued', 'opensAt', 'lastAt', 'closed', 'carry', 'stock',
  'given', 'reserved', 'vacant', 'closesAt', 'line', 'lineUsed')
if not gate[1] then return {'no_gate'} end
if gate[1] ~= round then return {'round', gate[1]} end
if tonumber(gate[2]) == version and carry == '' and gate[7] ~= '' and gate[7] == carriedBefore then
  redis.call('HSET', gateKey, 'carry', '')
  return {'configured'}
end
if tonumber(gate[2]) >= version then return {'older', gate[2]} end
if gate[7] ~= '' and gate[7] ~= carriedBefore then return {'uncarried', gate[7]} end
if gate[6] == '1' and closed ~= '1' then return {'closed'} end
local issued = tonumber(gate[3])
local highest = tonumber(gate[9]) or issued
while stock < highest and redis.call('ZSCORE', returnedKey, string.format('%.0f', highest)) do highest = highest - 1 end
if stock < highest then return {'below_issued', string.format('%.0f', highest)} end
local time = redis.call('TIME')
local now = math.max(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), tonumber(gate[5]))
if now >= tonumber(gate[4]) then
  if tonumber(gate[4]) ~= opensAt then return {'open', gate[4]} end
  local closesAt = tonumber(gate[12])
  local over = closesAt and now >= closesAt
  if unconfirmedCut == '1' and not over then return {'open_cut', gate[3]} end
end

local vacant = tonumber(gate[11]) or 0
if reserved ~= (gate[10] or '') then
  local from, to = string.match(reserved, '(%d+)%-(%d+)$')
  if tonumber(from) ~= issued + 1 then return {'not_next', string.format('%.0f', issued)} end
  vacant = vacant + tonumber(to) - issued
  issued = tonumber(to)
  if stock < issued then return {'below_issued', string.format('%.0f', issued)} end
end

local order = string.match(line, '^%a+')
local endLine = false
if order == 'off' then
  local isOn = gate[13] and gate[13] ~= ''
  if isOn and gate[14] then
    local counts = redis.call('HMGET', lineKey, 'waiting', 'passes')
    local waiting, passes = redis.call('ZCARD', waitingKey), redis.call('ZCARD', passesKey)
    local isWhole = tonumber(counts[1]) == waiting and tonumber(counts[2]) == passes
    endLine = not isWhole
    line = isWhole and string.gsub(line, '^%a+', 'drain') or ''
  else
    line = ''
  end
elseif gate[14] then
  local held = redis.call('HMGET', lineKey, 'order', 'joined')
  if held[1] and held[1] ~= order and held[2] ~= '0' then return {'line_in_use', held[1]} end
end

redis.call('HSET', gateKey, 'version', ARGV[2], 'stock', ARGV[3], 'opensAt', ARGV[4], 'closesAt', closesAt,
  'paused', paused, 'closed', closed, 'info', info, 'carry', carry, 'heldOpensAt', ARGV[12], 'reserved', reserved,
  'issued', string.format('%.0f', issued), 'vacant', string.format('%.0f', vacant), 'line', line)
if endLine then
  redis.call('UNLINK', lineKey, waitingKey, passesKey, sealedKey)
  redis.call('HDEL', gateKey, 'lineUsed')
end
if stock > issued then
  redis.call('HSET', gateKey, 'soldOutAt', '')
elseif stock < tonumber(gate[8]) then
  redis.call('HSET', gateKey, 'soldOutAt', gate[5])
end
return {'configured'}

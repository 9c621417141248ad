--[[ Decide a batch of claims of one event, in the order given: at most one serial per user, never more than the stock.

  KEYS[1] gate      hash
  KEYS[2] winners   hash, user -> "serial:claimedAtMs"
  KEYS[3] outbox    stream, entry {s: first serial, t: claimedAtMs, u: the users in serial order, joined by spaces,
                    p: the traces, if there are any}
  KEYS[4] line      hash; KEYS[5] passes, sorted set: used only if the event has a waiting line
  ARGV[1] round     the round that the keys belong to
  ARGV[2] runId     the run_id of the Redis that the caller is connected to
  ARGV[3] strategy  the caller's; only the gate's own strategy decides
  ARGV[4..]         users, at most 256; then, if some of their calls are traced, a space and the traces, as one text.
                    No user id has a space

  Reply {'decided', nowMs, phase, opensAtMs, claimedAtMs, issued, result...}, `issued` after this batch, and one result
        per user, in order:
          a number above 0      issued now: the serial
          "serial:claimedAtMs"  issued before
          0                     refused because of `phase`, which is 'sold_out' if the round is open
          {lineOpensAtMs}       the event has a line, and the user has no pass; '-' if the line sets no time
          {'lost'}              the event has a line, and Redis has lost part of it
        {'no_gate'}             there is no gate, so it is unknown whether anything is left
        {'round', round}        the gate is in another round
        {'unverified'}          the gate has not been compared with MySQL since this Redis started
        {'strategy', strategy}  the gate belongs to this strategy, because the event changed after the caller read it;
                                '' if somebody removed the gate's field
        {'torn'}                the winners don't match the gate: part of the round was lost. `vacant` serials have no
                                winner: a repair found none, or an operator reserves the serial for a user who can prove
                                that they were promised it

  If the event has a line, a claim uses up its user's pass in the same step. So a pass is never lost without a claim,
  and never used for two.

  Safe to run twice: the second run returns what the first one decided. Lua does not roll back, so everything that can
  fail (a missing key, a wrong type, no memory) fails at or before the first write, XADD. ]]
local gateKey, winnersKey, outboxKey, lineKey, passesKey = unpack(KEYS)
local round, runId, strategy = ARGV[1], ARGV[2], ARGV[3]
local firstUserAt = 4
local lastUserAt, traces = #ARGV, nil
if string.byte(ARGV[lastUserAt]) == 32 then
  traces = string.sub(ARGV[lastUserAt], 2)
  lastUserAt = lastUserAt - 1
end

local gate = redis.call('HMGET', gateKey, 'round', 'runId', 'stock', 'issued', 'opensAt', 'closesAt', 'paused', 'closed', 'lastAt',
  'vacant', 'heldOpensAt', 'strategy', 'line')
if not gate[1] then return {'no_gate'} end
if gate[1] ~= round then return {'round', gate[1]} end
if gate[2] ~= runId then return {'unverified'} end
if gate[12] ~= strategy then return {'strategy', gate[12] or ''} end
local stock, issued = tonumber(gate[3]), tonumber(gate[4])
local opensAt, closesAt = tonumber(gate[5]), tonumber(gate[6])
local vacant = tonumber(gate[10]) or 0
if redis.call('HLEN', winnersKey) ~= issued - vacant then return {'torn'} end

-- If the clock steps back, an open round stays open, and no claim gets an earlier time than the one before it.
local time = redis.call('TIME')
local now = math.max(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), tonumber(gate[9]))

local phase
if gate[8] == '1' or (closesAt and now >= closesAt) then phase = 'closed'
elseif now < opensAt then phase = 'scheduled'
elseif gate[7] == '1' then phase = 'paused'
else phase = 'open' end

local line = gate[13] ~= '' and gate[13]
local lineLost = false
if line and phase == 'open' then
  -- serve-line.lua sets `lineUsed` when it makes the line's hash, which counts the passes.
  local passes, used = redis.call('HGET', lineKey, 'passes'), redis.call('HEXISTS', gateKey, 'lineUsed') == 1
  lineLost = redis.call('ZCARD', passesKey) ~= (tonumber(passes) or 0) or (used and not passes)
end

-- What keeps this user from claiming without a pass; nil if nothing does.
local function withoutPass(user)
  if not line then return nil end
  if lineLost then return {'lost'} end
  local endsAt = tonumber(redis.call('ZSCORE', passesKey, user))
  if endsAt and endsAt > now then return nil end
  return {string.match(line, '^%a+ (%S+)')}
end

local held = redis.call('HMGET', winnersKey, unpack(ARGV, firstUserAt, lastUserAt))
local reply = {'decided', now, phase == 'open' and 'sold_out' or phase, tonumber(gate[11]) or opensAt, now, issued}
local suffix = ':' .. string.format('%.0f', now)
local users, wins, serialOf = {}, {}, {}
for i = firstUserAt, lastUserAt do
  local user = ARGV[i]
  local result = held[i - firstUserAt + 1]
  if not result then
    if serialOf[user] then
      result = serialOf[user] .. suffix
    elseif phase == 'open' and issued + #users < stock then
      result = withoutPass(user)
      if not result then
        users[#users + 1] = user
        result = issued + #users
        serialOf[user] = string.format('%.0f', result)
        wins[#wins + 1] = user
        wins[#wins + 1] = serialOf[user] .. suffix
      end
    else
      result = 0
    end
  end
  reply[#reply + 1] = result
end
if #users == 0 then return reply end

local issuedNow = issued + #users
reply[6] = issuedNow

local nowText = string.format('%.0f', now)
local entry = {'s', string.format('%.0f', issued + 1), 't', nowText, 'u', table.concat(users, ' ')}
if traces then entry[7], entry[8] = 'p', traces end
redis.call('XADD', outboxKey, '*', unpack(entry))
redis.call('HSET', winnersKey, unpack(wins))
redis.call('HSET', gateKey, 'issued', string.format('%.0f', issuedNow), 'lastAt', nowText)
if issued == vacant then redis.call('HSET', gateKey, 'firstAt', nowText) end
if line then
  redis.call('ZREM', passesKey, unpack(users))
  redis.call('HINCRBY', lineKey, 'passes', -#users)
  redis.call('HINCRBY', lineKey, 'used', #users)
end
if issuedNow == stock then redis.call('HSET', gateKey, 'soldOutAt', nowText) end
return reply

--[[ Let people join, leave or look at an event's waiting line, and call whoever is next.

  KEYS[1] gate     hash; its field `line` is 'order opensAtMs perSecond percent', or '' without a line
  KEYS[2] winners  hash, user -> claim
  KEYS[3] line     hash: the order, the counters and the seed
  KEYS[4] waiting  sorted set: user -> order; also places that were left, whose names begin with a space
  KEYS[5] passes   sorted set: user -> when the pass ends, in ms; minus that time once the pass has lapsed
  KEYS[6] sealed   list: who was in a shuffled line when it was sealed, in order
  ARGV[1] round  ARGV[2] runId  ARGV[3] strategy  as in decide-claims.lua
  ARGV[4] waitingMax  how many may be in the line, including places that were left
  ARGV[5] passMs      how long a pass lasts
  ARGV[6] newSeed     the seed for a line that this call makes
  ARGV[7] knownSeed   the seed with which the caller computed the scores below
  ARGV[8..] call, user, score, ...: 'join', 'leave' or 'look'; at most 256 users. The score is a joiner's order in a line
            that will be shuffled: the first 48 bits of HMAC-SHA256(seed, the user's entry)

  Reply {'line', nowMs, order, kind, phase, open 0|1, sealedAtMs, serving, waiting, remaining, opensAtMs, lineOpensAtMs,
         perSecond, percent, seed, paceFromMs, paceFrom, joined, left, called, used, inUse, calledNow, answer...}
        '' stands for what is not known, and one answer per call, in order:
          {'waiting', place}  {'shuffling'}  {'admitted', endsAtMs}  {'lapsed', endedAtMs}  {'has_coupon'}  {'out'}
          {'off'}  {'closed'}  {'closing'}  {'not_open'}  {'sold_out'}  {'full'}  why a user could not join
          {'seed'}  the score was computed with another seed than the one in this reply: call again
        {'line_lost'}  Redis has lost part of the line
        {'no_gate'}, {'round', round}, {'unverified'}, {'strategy', strategy}, {'torn'} as in decide-claims.lua

  Order. Joiners get the time of Redis's clock in microseconds, and at least one more than the joiner before them, so no
  two are equal, and a clock that steps back changes no order. A joiner of a `shuffle` line gets the given score until
  the event opens. Every such score is below every time, so later joiners are behind. The first call after the opening
  seals the line: from then on the seed may be published.

  Places. `serving` counts the places that were called, so the place of a user is `serving` plus their rank. It stays
  the same while they wait: if somebody leaves, their place stays in the line, without them, until it is called. With
  `holesMax` such places, others are removed at once, and everybody behind moves up.

  Calling. Each call of this script calls as many people as the stock, the passes in use and the speed allow, by Redis's
  clock. So it does not matter who calls it, or how often. Passes that have ended are marked as lapsed. While the order is 'drain' nobody can join, and the line ends
  once it is empty and no pass is in use.

  Safe to run twice: a user who has joined keeps the place, and a second run calls nobody whom one run later would not
  call. Everything that can fail fails at or before the first write. ]]
local gateKey, winnersKey, lineKey, waitingKey, passesKey, sealedKey = unpack(KEYS)
local round, runId, strategy = ARGV[1], ARGV[2], ARGV[3]
local waitingMax, passMs, newSeed, knownSeed = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7]
local firstCallAt, callsMax, holesMax, paceMs = 8, 1000, 10000, 30000

local gate = redis.call('HMGET', gateKey, 'round', 'runId', 'strategy', 'stock', 'issued', 'vacant', 'opensAt', 'closesAt',
  'paused', 'closed', 'lastAt', 'heldOpensAt', 'line', 'lineUsed')
if not gate[1] then return {'no_gate'} end
if gate[1] ~= round then return {'round', gate[1]} end
if gate[2] ~= runId then return {'unverified'} end
if gate[3] ~= strategy then return {'strategy', gate[3] or ''} end
local stock, issued, opensAt, closesAt = tonumber(gate[4]), tonumber(gate[5]), tonumber(gate[7]), tonumber(gate[8])
if redis.call('HLEN', winnersKey) ~= issued - (tonumber(gate[6]) or 0) then return {'torn'} end

local order, lineOpensAt, perSecond, percent = string.match(gate[13] or '', '^(%a+) (%S+) (%S+) (%d+)$')
order = order or 'off'

local texts = {'order', 'seed', 'sealedAt', 'tokens', 'tokensAt', 'pastAt', 'past', 'markAt', 'mark', 'pausedAt'}
local counts = {'last', 'serving', 'holes', 'waiting', 'passes', 'sealed', 'joined', 'left', 'called', 'used'}
local line, changed = {}, {}
for i, value in ipairs(redis.call('HMGET', lineKey, unpack(texts))) do line[texts[i]] = value or nil end
for i, value in ipairs(redis.call('HMGET', lineKey, unpack(counts))) do line[counts[i]] = tonumber(value) or 0 end
local function text(number) return string.format('%.0f', number) end
local function set(name, value)
  line[name] = value
  changed[name] = type(value) == 'number' and text(value) or value
end
local function add(name, more) set(name, line[name] + more) end

if order ~= 'off' then
  local isGone = not line.order and (gate[14] or redis.call('EXISTS', waitingKey, passesKey) > 0)
  if isGone or redis.call('ZCARD', waitingKey) ~= line.waiting or redis.call('ZCARD', passesKey) ~= line.passes
    or redis.call('LLEN', sealedKey) ~= line.sealed then return {'line_lost'} end
end

local time = redis.call('TIME')
local nowUs = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now = math.max(math.floor(nowUs / 1000), tonumber(gate[11]), math.floor(line.last / 1000))
local phase
if gate[10] == '1' or (closesAt and now >= closesAt) then phase = 'closed'
elseif now < opensAt then phase = 'scheduled'
elseif gate[9] == '1' then phase = 'paused'
elseif issued >= stock then phase = 'sold_out'
else phase = 'open' end
local remaining = math.max(0, stock - issued)

-- Makes the line when it opens. Until somebody has joined, it takes the order that the event has now.
local isOpen = order ~= 'off' and (line.order ~= nil or order == 'drain' or lineOpensAt == '-' or now >= tonumber(lineOpensAt))
if isOpen and order ~= 'drain' and phase ~= 'closed' and line.joined == 0 and line.order ~= order then
  redis.call('HSET', gateKey, 'lineUsed', '1')
  set('order', order)
  set('seed', order == 'shuffle' and newSeed or '')
  for _, name in ipairs(counts) do set(name, line[name]) end
elseif line.order and not gate[14] then
  redis.call('HSET', gateKey, 'lineUsed', '1')
end

if line.order == 'shuffle' and not line.sealedAt and phase ~= 'closed' and phase ~= 'scheduled' then
  for from = 0, line.waiting - 1, callsMax do
    redis.call('RPUSH', sealedKey, unpack(redis.call('ZRANGE', waitingKey, from, from + callsMax - 1)))
  end
  set('sealed', line.waiting)
  set('sealedAt', text(now))
end
local isShuffling = line.order == 'shuffle' and not line.sealedAt

-- A pass does not run while the event is paused. Passes that are in use after the pause last longer by its length.
if line.order and phase == 'paused' then
  if not line.pausedAt then set('pausedAt', text(now)) end
elseif line.order and line.pausedAt then
  local inUse = redis.call('ZRANGE', passesKey, '(0', '+inf', 'BYSCORE', 'WITHSCORES')
  local longer = text(now - tonumber(line.pausedAt))
  for i = 1, #inUse, 2 do redis.call('ZINCRBY', passesKey, longer, inUse[i]) end
  redis.call('HDEL', lineKey, 'pausedAt')
  line.pausedAt = nil
end

if order ~= 'off' and phase ~= 'paused' then
  repeat
    local ended = redis.call('ZRANGE', passesKey, '(0', text(now), 'BYSCORE', 'LIMIT', 0, callsMax, 'WITHSCORES')
    local lapsed = {}
    for i = 1, #ended, 2 do
      lapsed[#lapsed + 1] = '-' .. ended[i + 1]
      lapsed[#lapsed + 1] = ended[i]
    end
    if #lapsed > 0 then redis.call('ZADD', passesKey, unpack(lapsed)) end
  until #ended < 2 * callsMax
end

-- Why the user can't join; nil after the user has joined, or if there was nothing to do.
local function join(user, score)
  if redis.call('HEXISTS', winnersKey, user) == 1 or redis.call('ZSCORE', waitingKey, user) then return nil end
  local endsAt = tonumber(redis.call('ZSCORE', passesKey, user))
  if endsAt and endsAt > 0 then return nil end
  if phase == 'closed' then return 'closed' end
  if order == 'drain' then return 'closing' end
  if not isOpen then return 'not_open' end
  if phase == 'sold_out' then return 'sold_out' end
  if line.waiting >= waitingMax then return 'full' end
  if isShuffling and knownSeed ~= line.seed then return 'seed' end
  if not isShuffling then
    set('last', math.max(nowUs, line.last + 1))
    score = text(line.last)
  end
  redis.call('ZADD', waitingKey, score, user)
  if endsAt then
    redis.call('ZREM', passesKey, user)
    add('passes', -1)
  end
  add('waiting', 1)
  add('joined', 1)
end

local function leave(user)
  local score = redis.call('ZSCORE', waitingKey, user)
  if score then
    local isLast = redis.call('ZREVRANK', waitingKey, user) == 0
    if isShuffling or isLast or line.holes >= holesMax then
      add('waiting', -1)
    else
      redis.call('ZADD', waitingKey, score, ' ' .. user .. ' ' .. score)
      add('holes', 1)
    end
    redis.call('ZREM', waitingKey, user)
    add('left', 1)
    return
  end
  local endsAt = tonumber(redis.call('ZSCORE', passesKey, user))
  if not endsAt then return end
  redis.call('ZREM', passesKey, user)
  add('passes', -1)
  if endsAt > 0 then add('left', 1) end
end

local refused = {}
if order ~= 'off' then
  for i = firstCallAt, #ARGV, 3 do
    if ARGV[i] == 'join' then refused[i] = join(ARGV[i + 1], ARGV[i + 2])
    elseif ARGV[i] == 'leave' then leave(ARGV[i + 1]) end
  end
end

local inUse, calledNow = 0, 0
if order ~= 'off' then inUse = redis.call('ZCOUNT', passesKey, '(0', '+inf') end
if phase == 'open' and isOpen and not isShuffling then
  local more = math.floor(remaining * tonumber(percent) / 100) - inUse
  local speed, tokens = tonumber(perSecond), nil
  if speed then
    -- A bucket that holds what the speed allows in a second, so that a pause is not made up for.
    tokens = math.min(1, speed)
    if line.tokensAt then
      tokens = tonumber(line.tokens) + math.max(0, now - tonumber(line.tokensAt)) * speed / 1000
      tokens = math.min(tokens, math.max(1, speed), speed == 0 and 0 or math.huge)
    end
    more = math.min(more, math.floor(tokens))
  end
  local budget, passes = callsMax, {}
  while more > 0 and budget > 0 and line.waiting > 0 do
    local called = redis.call('ZPOPMIN', waitingKey, math.min(more, budget))
    for i = 1, #called, 2 do
      add('serving', 1)
      add('waiting', -1)
      budget = budget - 1
      if string.sub(called[i], 1, 1) == ' ' then
        add('holes', -1)
      else
        passes[#passes + 1] = text(now + passMs)
        passes[#passes + 1] = called[i]
        more = more - 1
      end
    end
  end
  calledNow = #passes / 2
  if calledNow > 0 then
    redis.call('ZADD', passesKey, unpack(passes))
    add('passes', calledNow)
    add('called', calledNow)
    inUse = inUse + calledNow
  end
  if speed and (calledNow > 0 or not line.tokensAt) then
    set('tokens', string.format('%.6f', tokens - calledNow))
    set('tokensAt', text(now))
  end
  if not line.markAt or now - tonumber(line.markAt) >= paceMs then
    set('pastAt', line.markAt or text(now))
    set('past', line.mark or text(line.serving - calledNow))
    set('markAt', text(now))
    set('mark', text(line.serving))
  end
end

local people = line.waiting - line.holes
if order == 'drain' and people == 0 and inUse == 0 then
  redis.call('UNLINK', lineKey, waitingKey, passesKey, sealedKey)
  redis.call('HDEL', gateKey, 'lineUsed')
  redis.call('HSET', gateKey, 'line', '')
  order = 'off'
  changed = {}
end
local fields = {}
for name, value in pairs(changed) do
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end
if #fields > 0 then redis.call('HSET', lineKey, unpack(fields)) end

local function answer(user, why)
  if redis.call('HEXISTS', winnersKey, user) == 1 then return {'has_coupon'} end
  if order == 'off' then return {'off'} end
  if why then return {why} end
  local rank = redis.call('ZRANK', waitingKey, user)
  if rank then return isShuffling and {'shuffling'} or {'waiting', line.serving + rank + 1} end
  local endsAt = tonumber(redis.call('ZSCORE', passesKey, user))
  if not endsAt then return {'out'} end
  return {endsAt > 0 and 'admitted' or 'lapsed', math.abs(endsAt)}
end

local reply = {'line', now, order, line.order or '', phase, isOpen and 1 or 0, line.sealedAt or '', line.serving, people,
  remaining, tonumber(gate[12]) or opensAt, lineOpensAt or '-', perSecond or '-', percent or '100', line.seed or '',
  line.pastAt or '', line.past or '', line.joined, line.left, line.called, line.used, inUse, calledNow}
for i = firstCallAt, #ARGV, 3 do reply[#reply + 1] = answer(ARGV[i + 1], refused[i]) end
return reply

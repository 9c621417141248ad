--[[ Look for one user's claim of a round.

  KEYS[1] gate  KEYS[2] winners  KEYS[3] outbox  KEYS[4] setAside
  ARGV[1] round  ARGV[2] runId  ARGV[3] strategy  ARGV[4] user

  Reply {'found', "serial:claimedAtMs", state}  state 'accepted' while MySQL lacks it, else 'persisted'; 'unsure' if
                                          only MySQL knows, because claims were settled without being stored
        {'none'}                                the user has no claim
        {'undecided'}                           the claim is not in Redis, but MySQL may have it, because
                                                some numbers are not settled
        {'no_gate'}, {'round', round}, {'unverified'}, {'strategy', strategy}, {'torn'} as in decide-claims.lua

  Serials enter the outbox in order and leave it from its head, so a serial below the oldest entry's is in MySQL, unless
  it was set aside. Reads only. ]]
local gateKey, winnersKey, outboxKey, setAsideKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local round, runId, strategy, user = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local gate = redis.call('HMGET', gateKey, 'round', 'runId', 'issued', 'given', 'vacant', 'strategy', 'settled')
if not gate[1] then return {'no_gate'} end
if gate[1] ~= round then return {'round', gate[1]} end
if gate[2] ~= runId then return {'unverified'} end
if gate[6] ~= strategy then return {'strategy', gate[6] or ''} end
if redis.call('HLEN', winnersKey) ~= tonumber(gate[3]) - (tonumber(gate[5]) or 0) then return {'torn'} end

local held = redis.call('HGET', winnersKey, user)
if not held and tonumber(gate[4]) and gate[4] ~= gate[3] then return {'undecided'} end
if not held then return {'none'} end
if redis.call('HEXISTS', setAsideKey, user) == 1 then return {'found', held, 'accepted'} end
local oldest = redis.call('XRANGE', outboxKey, '-', '+', 'COUNT', 1)[1]
local serial = tonumber(string.match(held, '^%d+'))
-- decide-claims.lua writes an entry's field s first. An entry that another program wrote counts as serial 1.
local oldestSerial = oldest and (tonumber(oldest[2][2]) or 1)
if oldestSerial and serial >= oldestSerial then return {'found', held, 'accepted'} end
return {'found', held, gate[7] and 'unsure' or 'persisted'}

--[[ Record that a gate has been compared with MySQL since this Redis started.

  KEYS[1] gate
  ARGV[1] round      ARGV[2] runId, of this Redis
  ARGV[3] issued     the count that was compared; a lower count now means that the gate has changed since
  ARGV[4] seenRunId  the runId that the gate had then; another one now means that this is another gate

  Reply 'trusted', 'no_gate' or 'changed'. Safe to run twice. ]]
local gateKey = KEYS[1]
local round, runId, issued, seenRunId = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

local gate = redis.call('HMGET', gateKey, 'round', 'issued', 'runId')
if not gate[1] then return 'no_gate' end
if gate[1] ~= round or tonumber(gate[2]) < issued then return 'changed' end
if gate[3] == runId then return 'trusted' end
if gate[3] ~= seenRunId then return 'changed' end
redis.call('HSET', gateKey, 'runId', runId)
return 'trusted'

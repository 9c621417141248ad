--[[ Record that a gate has been compared with MySQL since this Redis started.

  KEYS[1] gate
  ARGV[1] round      ARGV[2] runId, of this Redis
  ARGV[3] issued     the count that was compared; a lower count now means that the gate has changed since
  ARGV[4] seenRunId  the runId that the gate had then; a different one now means that this is a different gate
  ARGV[5] count      the gate's trustCount becomes at least this

  Reply 'trusted', 'no_gate' or 'changed'. Safe to run twice.

  The gate has issued its serials so far under its present runId, so `histories` gets the pair of that runId and
  `issued`. It keeps the newest 20 pairs. ]]
local gateKey = KEYS[1]
local round, runId, issued, seenRunId, count = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local historiesMax = 20

local gate = redis.call('HMGET', gateKey, 'round', 'issued', 'runId', 'trustCount', 'histories')
if not gate[1] then return 'no_gate' end
if gate[1] ~= round or tonumber(gate[2]) < issued then return 'changed' end
if gate[3] == runId then return 'trusted' end
if gate[3] ~= seenRunId then return 'changed' end
count = math.max(count, (tonumber(gate[4]) or 0) + 1)
local histories = {}
for entry in string.gmatch(gate[5] or '', '%S+ %d+') do histories[#histories + 1] = entry end
histories[#histories + 1] = gate[3] .. ' ' .. gate[2]
local from = math.max(1, #histories - historiesMax + 1)
redis.call('HSET', gateKey, 'runId', runId, 'trustCount', string.format('%.0f', count),
  'histories', table.concat(histories, ' ', from))
return 'trusted'

--[[ Stop a gate from deciding, because it lacks claims that were promised.

  KEYS[1] gate
  ARGV[1] round  ARGV[2] runId, under which the gate is trusted

  Reply 'distrusted', or 'changed' if the gate is not trusted under this id; nothing was done then. Safe to run twice.

  The gate's new runId is that of no Redis. What it has issued stays on record under the old one. ]]
local gateKey = KEYS[1]
local round, runId = ARGV[1], ARGV[2]

local gate = redis.call('HMGET', gateKey, 'round', 'runId', 'issued', 'histories')
if gate[1] ~= round or gate[2] ~= runId then return 'changed' end
local histories = (gate[4] and gate[4] ~= '') and gate[4] .. ' ' or ''
redis.call('HSET', gateKey, 'runId', 'lacking:' .. runId, 'histories', histories .. runId .. ' ' .. gate[3])
return 'distrusted'

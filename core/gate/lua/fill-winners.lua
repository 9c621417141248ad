--[[ Put winners from MySQL back into a round that is being rebuilt, but only while it has no deciding gate.

  KEYS[1] gate  KEYS[2] winners
  ARGV[1..]  user, "serial:claimedAtMs", ...

  Reply {'filled', result...}  one result per user: 1 put now; 0 was there already, and stays unchanged
        {'exists'}  there is a gate that was trusted, because another rebuild was faster: from then on only claims and
                    settle-units.lua make winners; nothing was done

  Safe to run twice. ]]
local gateKey, winnersKey = KEYS[1], KEYS[2]
if redis.call('EXISTS', gateKey) == 1 then
  local runId = redis.call('HGET', gateKey, 'runId')
  if not runId or string.sub(runId, 1, 5) ~= 'seed:' then return {'exists'} end
end
local reply = {'filled'}
for i = 1, #ARGV, 2 do reply[#reply + 1] = redis.call('HSETNX', winnersKey, ARGV[i], ARGV[i + 1]) end
return reply

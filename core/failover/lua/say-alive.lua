--[[ List a process among those that may promise claims, or record that it is still alive.

  KEYS[1] processes   hash, process -> when it was last alive, in ms; 'left' once it has shut down cleanly
  KEYS[2] promised    hash, process -> its record (JSON)
  KEYS[3] replicated  when a process last saw that this Redis has replicas, in ms
  ARGV[1] process  ARGV[2] alive  ARGV[3] record, or '' to leave it  ARGV[4] now, in ms, if this Redis has replicas, else ''

  Reply 1. Safe to run twice. If memory is full, Redis refuses HSET unless the same script has already written
  something, so the script deletes first. Otherwise no process could be listed, and so none could drain an outbox, which
  is what frees memory. ]]
local processesKey, promisedKey, replicatedKey = KEYS[1], KEYS[2], KEYS[3]
local process, alive, record, replicated = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

redis.call('HLEN', promisedKey)
redis.call('HDEL', processesKey, process)
redis.call('HSET', processesKey, process, alive)
if record ~= '' then redis.call('HSET', promisedKey, process, record) end
if replicated ~= '' then redis.call('SET', replicatedKey, replicated) end
return 1

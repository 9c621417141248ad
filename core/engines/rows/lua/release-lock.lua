--[[ Free an event's lock, and wake the calls that wait for it.

  KEYS[1] lock    ARGV[1] token    ARGV[2] released: the channel that wakes them

  Reply 'released'
        'lost'     another token holds it, or none does; nothing was done

  Safe to run twice. ]]
local lockKey = KEYS[1]
local token, releasedChannel = ARGV[1], ARGV[2]

if redis.call('GET', lockKey) ~= token then return 'lost' end
redis.call('DEL', lockKey)
redis.call('PUBLISH', releasedChannel, '')
return 'released'

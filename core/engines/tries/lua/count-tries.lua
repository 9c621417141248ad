--[[ Count a batch of tries for one event, in the order given. Each user has at most `max` tries in any window.

  KEYS[1] tries     sorted set: "user n" -> when the user's n-th place was last taken, in us by Redis's clock
  KEYS[2] counted   hash: process -> "number verdicts" of its last batch
  ARGV[1] max       how many tries a user has in any window
  ARGV[2] windowMs  the length of a window
  ARGV[3] process   the calling process; for each event, it sends one batch at a time
  ARGV[4] number    the batch's number, which rises with each batch of the process
  ARGV[5..]         users, at most 128; a user may appear more than once

  Reply {verdict...}, one per try, in order: 0 if the try counts and the claim may go on. Otherwise, the try does not
        count, and the verdict is the ms until the user has a try again.

  A user has `max` places, and a place is free again a window after it was taken. So the count is exact however the
  calls are spread, and tries at the same instant count separately.

  Safe to run twice: the second run of a batch returns the first one's verdicts. Both keys expire a window after the last
  batch, when nothing in them counts any more; no claim depends on what they hold. If the clock steps back by less than
  a window, the script uses the latest time that it has seen until the clock has caught up. If the clock steps back
  further, all tries are forgotten. ]]
local triesKey, countedKey = KEYS[1], KEYS[2]
local max, windowUs = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000
local process, number = ARGV[3], ARGV[4]
local firstUserAt = 5

local verdicts = {}
local counted = redis.call('HGET', countedKey, process)
if counted then
  local before, said = string.match(counted, '^(%d+) (.*)$')
  if before == number then
    for verdict in string.gmatch(said, '%d+') do verdicts[#verdicts + 1] = tonumber(verdict) end
    return verdicts
  end
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local latest = tonumber(redis.call('ZRANGE', triesKey, -1, -1, 'WITHSCORES')[2]) or 0
if latest > now + windowUs then redis.call('DEL', triesKey)
elseif latest > now then now = latest end

-- Removes the oldest tries that no longer count. Removes only a few, so that a batch takes no longer after a pause.
local expired = redis.call('ZRANGE', triesKey, '-inf', string.format('%.0f', now - windowUs), 'BYSCORE', 'LIMIT', 0, 2 * #ARGV)
if #expired > 0 then redis.call('ZREM', triesKey, unpack(expired)) end

local nowText = string.format('%.0f', now)
for i = firstUserAt, #ARGV do
  local free, oldest
  for n = 1, max do
    local place = ARGV[i] .. ' ' .. n
    local takenAt = tonumber(redis.call('ZSCORE', triesKey, place))
    if not takenAt or takenAt <= now - windowUs then
      free = place
      break
    end
    if not oldest or takenAt < oldest then oldest = takenAt end
  end
  if free then
    redis.call('ZADD', triesKey, nowText, free)
    verdicts[#verdicts + 1] = 0
  else
    verdicts[#verdicts + 1] = math.max(1, math.ceil((oldest + windowUs - now) / 1000))
  end
end

redis.call('HSET', countedKey, process, number .. ' ' .. table.concat(verdicts, ','))
-- A try counts for exactly one window, in microseconds. Redis expires keys after whole milliseconds, so a key lives one
-- millisecond longer than the window.
redis.call('PEXPIRE', triesKey, ARGV[2] + 1)
redis.call('PEXPIRE', countedKey, ARGV[2] + 1)
return verdicts

--[[ wrk: sends ready-made requests from a file, one after the other, each once.

  Arguments after `--`: the file, the bytes of each request, and optionally `loop`, which starts over at the file's end
  instead of stopping. Prints one line of JSON at the end; times are in microseconds. `tenths` counts the requests sent
  in each 100 ms. In a closed loop as many were answered, give or take the number of connections. ]]
local ffi = require('ffi')
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } firstcome_time;
  int clock_gettime(int clock, firstcome_time *now);
]]
local monotonic = 1
local now = ffi.new('firstcome_time')
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  requests = assert(io.open(args[1], 'rb'))
  requests:setvbuf('full', 1048576)
  requestBytes = tonumber(args[2])
  loop = args[3] == 'loop'
  exhausted = false
  tenths = {}
end

local function tenthNow()
  ffi.C.clock_gettime(monotonic, now)
  return tonumber(now.seconds) * 10 + math.floor(tonumber(now.nanoseconds) / 1e8)
end

function request()
  firstTenth = firstTenth or tenthNow()
  local tenth = tenthNow() - firstTenth + 1
  tenths[tenth] = (tenths[tenth] or 0) + 1
  local bytes = requests:read(requestBytes)
  if bytes then return bytes end
  if not loop then
    exhausted = true
    wrk.thread:stop()
  end
  requests:seek('set', 0)
  return requests:read(requestBytes)
end

local function listTenths(counts)
  local last = 0
  for tenth in pairs(counts) do last = math.max(last, tenth) end
  local list = {}
  for tenth = 1, last do list[tenth] = string.format('%d', counts[tenth] or 0) end
  return table.concat(list, ',')
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"durationUs":%d,"meanUs":%d,"minUs":%d,"p50Us":%d,"p90Us":%d,"p95Us":%d,"p99Us":%d,"maxUs":%d,' ..
    '"errorReplies":%d,"socketErrors":%d,"exhausted":%s,"tenths":[%s]}\n',
    summary.requests, summary.duration, latency.mean, latency.min, latency:percentile(50), latency:percentile(90),
    latency:percentile(95), latency:percentile(99), latency.max, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    tostring(threads[1]:get('exhausted') == true), listTenths(threads[1]:get('tenths') or {})))
end

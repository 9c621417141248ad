--[[ wrk: sends ready-made requests from a file, one after the other, each once.

  Arguments after `--`: the file, the bytes of each request, and `loop` to begin again at the file's end; without it
  nothing more is sent then. Prints one line of JSON at the end; times are in microseconds. ]]
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
end

function request()
  local bytes = requests:read(requestBytes)
  if bytes then return bytes end
  if not loop then
    exhausted = true
    wrk.thread:stop()
  end
  requests:seek('set', 0)
  return requests:read(requestBytes)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"durationUs":%d,"p50Us":%d,"p90Us":%d,"p99Us":%d,"maxUs":%d,"errorReplies":%d,"socketErrors":%d,"exhausted":%s}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency.max, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    tostring(threads[1]:get('exhausted') == true)))
end

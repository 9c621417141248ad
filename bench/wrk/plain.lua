-- For wrk: sends plain requests, and prints the same line as claims.lua.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"durationUs":%d,"meanUs":%d,"minUs":%d,"p50Us":%d,"p90Us":%d,"p95Us":%d,"p99Us":%d,"maxUs":%d,' ..
    '"errorReplies":%d,"socketErrors":%d,"exhausted":false,"tenths":[]}\n',
    summary.requests, summary.duration, latency.mean, latency.min, latency:percentile(50), latency:percentile(90),
    latency:percentile(95), latency:percentile(99), latency.max, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end

/** Every metric that the API tells Prometheus, besides prom-client's own of the process (`process_*`, `nodejs_*`). */
export const metricNames = {
  /** Labels `lane` (`hot`, `read`, `stock`) and `status`. */
  requests: 'firstcome_http_requests_total',
  /** Label `outcome`. */
  claims: 'firstcome_claims_total',
  /** Label `outcome`. From the call of the strategy to its answer. */
  claimDuration: 'firstcome_claim_duration_seconds',
  /** Label `reason`, one of token-refusal.ts. */
  tokensRefused: 'firstcome_tokens_refused_total',
  batchSize: 'firstcome_claim_batch_size',
  /** Of the rounds that are in Redis, as are the next five; but `setAside` is of all rounds. */
  issued: 'firstcome_issued_claims',
  outbox: 'firstcome_outbox_claims',
  /** The age of the oldest claim that is not in MySQL. */
  persistenceLag: 'firstcome_persistence_lag_seconds',
  setAside: 'firstcome_set_aside_claims',
  rounds: 'firstcome_rounds',
  gatesLost: 'firstcome_gates_lost',
  /** Label `clock` (`mysql`, `host`, `worker`). How far it is from Redis's, either way. */
  clockDifference: 'firstcome_clock_difference_seconds',
  /** Open ones. Label `state`: `fresh` has had no answer yet, `used` has. */
  connections: 'firstcome_http_connections',
  connectionsMax: 'firstcome_http_connections_max',
  /** Closed or not taken to keep within the limits. Label `reason`: `full`, `room`, `address`, `slow`. */
  connectionsClosed: 'firstcome_http_connections_closed_total',
  /** API processes that answered for this text. */
  processes: 'firstcome_api_processes',
} as const;

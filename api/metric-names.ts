/** Every metric that the API tells Prometheus, besides prom-client's own of the process (`process_*`, `nodejs_*`). */
export const metricNames = {
  /** Labels `lane` (`hot`, `stock`) and `status`. */
  requests: 'firstcome_http_requests_total',
  /** Label `outcome`. */
  claims: 'firstcome_claims_total',
  /** Label `outcome`. From the call of the strategy to its answer. */
  claimDuration: 'firstcome_claim_duration_seconds',
  batchSize: 'firstcome_claim_batch_size',
  persisted: 'firstcome_persisted_claims_total',
  persistenceLag: 'firstcome_persistence_lag_seconds',
  outbox: 'firstcome_outbox_claims',
  setAside: 'firstcome_set_aside_claims_total',
  gatesLost: 'firstcome_gates_lost_total',
  /** API processes that answered for this text. */
  processes: 'firstcome_api_processes',
} as const;

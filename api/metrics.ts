import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Observer } from '../core/stores/observer.ts';
import { ClaimTally, type TallyOutcome } from '../core/tally/claim-tally.ts';
import { Histogram } from './histogram.ts';
import { metricNames as names } from './metric-names.ts';
import { tokenRefusals, type TokenRefusal } from './token-refusal.ts';
import type { ClaimResult, ObserveClaim } from './submit-claim.ts';

export type Lane = 'hot' | 'read' | 'stock';

/** What a process counts. */
export type Metrics = {
  registry: Registry;
  /** For `openPlatform`. */
  observer: Observer;
  observeClaim: ObserveClaim;
  /** The same by event, until somebody keeps it. */
  tally: ClaimTally;
  countRequest: (lane: Lane, status: number) => void;
  countRefusedToken: (reason: TokenRefusal) => void;
};

const secondsBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const batchBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Makes the metrics of a process; with `processMetrics`, prom-client's of CPU, memory and event loop too, once a process. */
export function createMetrics(options: { processMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });

  const durations = new Histogram({
    name: names.claimDuration,
    help: 'How long a claim took to decide, by how it ended',
    label: 'outcome',
    bounds: secondsBounds,
    registry,
  });
  new Counter({
    name: names.claims,
    help: 'Claims answered, by how they ended',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, total] of durations.totals()) this.inc({ outcome }, total);
    },
  });
  const batches = new Histogram({
    name: names.batchSize,
    help: 'Claims that went to Redis in one script call',
    label: '',
    bounds: batchBounds,
    registry,
  });
  new Gauge({ name: names.processes, help: 'API processes that answered', registers: [registry] }).set(1);

  const tally = new ClaimTally();
  return {
    registry,
    observer: { claimBatch: (size) => batches.observe('', size) },
    tally,
    observeClaim: (eventId, result, durationMs) => {
      durations.observe(result, durationMs / 1_000);
      if (eventId !== null && isCounted(result)) tally.count(eventId, result, durationMs);
    },
    countRequest: createRequestCount(registry),
    countRefusedToken: createRefusalCount(registry),
  };
}

/** Who asks for what does not exist, or can't ask, is no event's business. */
const isCounted = (result: ClaimResult): result is TallyOutcome =>
  result !== 'not_found' && result !== 'bad_request' && result !== 'conflict';

/** Counts requests by lane and status in plain arrays, which are turned into a metric when somebody asks. */
function createRequestCount(registry: Registry): (lane: Lane, status: number) => void {
  const counts: Record<Lane, number[]> = { hot: [], read: [], stock: [] };
  new Counter({
    name: names.requests,
    help: 'HTTP requests answered, by lane and status',
    labelNames: ['lane', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const lane of ['hot', 'read', 'stock'] as const) {
        counts[lane].forEach((total, status) => this.inc({ lane, status }, total));
      }
    },
  });
  return (lane, status) => {
    counts[lane][status] = (counts[lane][status] ?? 0) + 1;
  };
}

/** Counts refused tokens by reason. Every reason is there from the start, so that the first refusal is an increase too. */
function createRefusalCount(registry: Registry): (reason: TokenRefusal) => void {
  const counts = new Map<TokenRefusal, number>(tokenRefusals.map((reason) => [reason, 0]));
  new Counter({
    name: names.tokensRefused,
    help: 'Requests refused because of their token or API key, by reason',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [reason, total] of counts) this.inc({ reason }, total);
    },
  });
  return (reason) => void counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

import type { TokenRefusal } from '../core/access/token-refusal.ts';
import { createMeters, type Meters, type MetersOptions } from '../core/metrics/meters.ts';
import type { Lane } from '../core/metrics/metric.ts';
import { ClaimTally, type TallyOutcome } from '../core/tally/claim-tally.ts';
import type { ClaimResult, ObserveClaim } from './submit-claim.ts';

/** The counts of an API process. */
export type Metrics = Meters & {
  observeClaim: ObserveClaim;
  /** Counts claims by event until the totals are stored in MySQL. */
  tally: ClaimTally;
  countRequest: (lane: Lane, status: number) => void;
  countRefusedToken: (reason: TokenRefusal) => void;
};

export function createMetrics(options: MetersOptions): Metrics {
  const meters = createMeters('api', options);
  const { observe } = meters;
  const tally = new ClaimTally();
  return {
    ...meters,
    tally,
    observeClaim: (eventId, result, tookMs) => {
      observe.claimAnswered({ outcome: result, tookMs });
      if (eventId !== null && isCounted(result)) tally.count(eventId, result, tookMs);
    },
    countRequest: (lane, status) => observe.requestAnswered({ lane, status }),
    countRefusedToken: (reason) => observe.tokenRefused({ reason }),
  };
}

/** Claims for unknown events and invalid claims are not counted for any event. */
const isCounted = (result: ClaimResult): result is TallyOutcome =>
  result !== 'not_found' && result !== 'bad_request' && result !== 'conflict';

import type { TokenRefusal } from '../core/access/token-refusal.ts';
import type { StrategyName } from '../core/events/event.ts';
import { createMeters, type Meters, type MetersOptions } from '../core/metrics/meters.ts';
import type { Lane } from '../core/metrics/metric.ts';
import { ClaimTally, type TallyOutcome } from '../core/tally/claim-tally.ts';
import type { ClaimResult, ObserveClaim } from './submit-claim.ts';

/** The counts of an API process. */
export type Metrics = Meters & {
  observeClaim: ObserveClaim;
  /** From now on, uses this function to look up the strategy of a claim's event. It must be fast. */
  nameStrategies: (strategyOf: (eventId: string) => StrategyName | null) => void;
  /** Counts claims by event until the totals are stored in MySQL. */
  tally: ClaimTally;
  countRequest: (lane: Lane, status: number) => void;
  countRefusedToken: (reason: TokenRefusal) => void;
};

export function createMetrics(options: MetersOptions): Metrics {
  const meters = createMeters('api', options);
  const { observe } = meters;
  const tally = new ClaimTally();
  let strategyOf: (eventId: string) => StrategyName | null = () => null;
  return {
    ...meters,
    tally,
    observeClaim: (eventId, result, tookMs) => {
      const strategy = (eventId === null ? null : strategyOf(eventId)) ?? 'unknown';
      observe.claimAnswered({ outcome: result, strategy, tookMs });
      if (eventId !== null && isCounted(result)) tally.count(eventId, result, tookMs);
    },
    nameStrategies: (look) => {
      strategyOf = look;
    },
    countRequest: (lane, status) => observe.requestAnswered({ lane, status }),
    countRefusedToken: (reason) => observe.tokenRefused({ reason }),
  };
}

/** Claims for unknown events and invalid claims are not counted for any event. */
const isCounted = (result: ClaimResult): result is TallyOutcome =>
  result !== 'not_found' && result !== 'bad_request' && result !== 'conflict';

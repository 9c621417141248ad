import type { ClaimFindingKind } from './compare-claims.ts';

/**
 * How the stores can disagree about an event: about its claims (see `ClaimFindingKind`), or about the event itself:
 * - `stale_round`: Redis still has data of a round that is not the current one;
 * - `config_drift`: the gate and the row disagree about the event, or the gate is lost.
 */
export type DriftKind = ClaimFindingKind | 'stale_round' | 'config_drift';

export const driftKinds = [
  'missing_in_db',
  'missing_in_redis',
  'counter_drift',
  'serial_gap',
  'over_stock',
  'duplicate_user',
  'conflict',
  'stale_round',
  'config_drift',
] as const satisfies readonly DriftKind[];

import type { ClaimFindingKind } from './compare-claims.ts';

/**
 * How the stores can disagree about an event: its claims, as `ClaimFindingKind` tells them, and
 * - `stale_round`: something of another round than the current one that should not be in Redis any more;
 * - `config_drift`: gate and row say different things of the event, or the gate is lost.
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

import type { ClaimFindingKind } from './compare-claims.ts';

/**
 * How the stores can disagree about an event: about its claims (`ClaimFindingKind`), and
 * - `stale_round`: Redis still has something of another round than the current one;
 * - `config_drift`: gate and row disagree about the event, or the gate is lost.
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

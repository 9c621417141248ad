import { newestClaim } from '../../claims/claim-rows.ts';
import type { EventRow } from '../../events/event-rows.ts';
import { holdRound } from '../../events/hold-round.ts';
import type { DbTransaction } from '../../mysql/open-db.ts';

/**
 * Blocks the claims that MySQL decides until the transaction ends, so that no claim is stored while the stock is being
 * lowered. `nowMs` is MySQL's clock, but never before the time of the newest claim.
 */
export async function holdClaims(tx: DbTransaction, event: EventRow): Promise<{ nowMs: number; issued: number }> {
  const { eventId, currentRound: round } = event;
  await holdRound(tx, event);
  const newest = await newestClaim(tx, eventId, round);
  const [clock] = await tx.$queryRaw<{ now: Date }[]>`SELECT NOW(3) AS now`;
  return { nowMs: Math.max(clock?.now.getTime() ?? 0, newest?.claimedAtMs ?? 0), issued: newest?.serial ?? 0 };
}

import { engineOf } from '../engines/engines.ts';
import { findEvent, type EventRow } from '../events/event-rows.ts';
import { eventPhase } from '../events/phase.ts';
import { lockEvent } from '../gate/sync-gate.ts';
import type { DbReader } from '../mysql/open-db.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * How much of its stock an event still has to sell although its round is out of Redis. Such a round answers `sold_out`
 * until it is rebuilt. 0 if the round is in Redis, being rebuilt, or over.
 */
export async function unsoldOf(db: DbReader, event: EventRow, nowMs: number): Promise<number> {
  const { stock, closedAtMs, retiredAtMs, unlinkedAtMs, rebuildingAtMs } = event.roundRow;
  if (event.currentRound !== event.roundRow.round) return 0;
  if (retiredAtMs === null || unlinkedAtMs === null || rebuildingAtMs !== null) return 0;
  if (eventPhase({ ...event.roundRow, closed: closedAtMs !== null, issued: 0 }, nowMs) === 'closed') return 0;
  return Math.max(0, stock - (await engineOf(event.strategy).counterOf(db, event)));
}

/**
 * Counts the claims of a round that left Redis, and marks the round for a rebuild if some of its stock is unsold: an
 * earlier version could retire a round that had just been topped up. Resolves to how much of the stock is unsold. Safe
 * to run twice.
 */
export async function reopen(stores: Stores, eventId: string): Promise<number> {
  const { db, clock, log } = stores;
  const unsold = await db.$transaction(async (tx) => {
    await lockEvent(tx, eventId);
    const event = await findEvent(tx, eventId);
    if (event === null || event.roundRow.unlinkedAtMs === null || event.roundRow.rebuildingAtMs !== null) return 0;
    const found = await unsoldOf(tx, event, clock.nowMs());
    await tx.round.update({
      where: { eventId_round: { eventId, round: event.currentRound } },
      data: {
        retiredCounter: await engineOf(event.strategy).counterOf(tx, event),
        ...(found > 0 && { rebuildingAt: new Date(clock.nowMs()), verifiedAt: null }),
      },
      select: { round: true },
    });
    return found;
  });
  if (unsold > 0) {
    log.error(
      { event: 'unsold_round', eventId, unsold },
      'the round left Redis with stock unsold and answered sold_out; it is being rebuilt',
    );
  }
  return unsold;
}

import type { Actor } from '../access/actor.ts';
import { auditChange } from '../audit/audit-change.ts';
import { followReset } from '../changes/reset-event.ts';
import type { RoundSnapshot } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import { mustFind } from '../events/must-find.ts';
import { isInert, parseGate, type Gate } from '../gate/gate.ts';
import { recordLostChanges } from '../gate/lost-changes.ts';
import { adoptPastGate } from '../gate/past-gate.ts';
import { clearLost, type SeenGate } from '../gate/repair-scripts.ts';
import { adoptGate, lockEvent, writeEvent } from '../gate/sync-gate.ts';
import { roundKeys } from '../redis/keys.ts';
import { rebuildRound } from '../rounds/rebuild-round.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import { mustTakeSnapshot } from './must-take-snapshot.ts';

/**
 * What became of a lost gate. `doubt`: more may have been promised than is known, so the event is paused, where it was not
 * closed before.
 */
export type RecoveredGate = { kind: 'rebuilt'; why: string; doubt: Doubt | null } | { kind: 'not_lost' };

type Doubt = 'paused' | 'closed';

/**
 * Rebuilds a lost gate and its winners out of MySQL and what is left in Redis. The row says first that it is being
 * rebuilt, so that the sweep goes on where this ends, and that it is paused, where claims may have been accepted that
 * neither store has. Safe to run twice and at once. Throws when a store does not answer, or when winners contradict
 * MySQL; the event stays stopped then.
 */
export async function recoverGate(stores: Stores, eventId: string, actor: Actor): Promise<RecoveredGate> {
  let recovered: RecoveredGate = { kind: 'not_lost' };
  const found = await mustFind(stores, eventId);
  // A reset that did not come this far has lost nothing: the old gate gives way as in every reset.
  if (found.currentRound > 1) await followReset(stores, eventId);
  const seen = await mustTakeSnapshot(stores, await mustFind(stores, eventId));
  if (seen.standing.kind !== 'lost') {
    // One whose rebuilding died is completed, as the sweep would.
    await rebuildRound(stores, eventId);
    return recovered;
  }
  // Two at once may take away each other's gate, where it looks just as the lost one did.
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    // What only a gate of a round before knows goes with it otherwise.
    await adoptPastGate(stores, eventId, (await mustFind(stores, eventId)).currentRound);
    const marked = await markLost(stores, eventId, actor);
    if (marked === null) break;
    const { standing, doubt, round } = marked;
    await clearLost(stores.redis.client, roundKeys(eventId, round), standing.seen);
    await rebuildRound(stores, eventId);
    recovered = {
      kind: 'rebuilt',
      why: standing.why,
      doubt: doubt ?? (recovered.kind === 'rebuilt' ? recovered.doubt : null),
    };
  }
  await rebuildRound(stores, eventId);
  return recovered;
}

const attemptsMax = 3;

type MarkedLost = {
  standing: Extract<RoundSnapshot['standing'], { kind: 'lost' }>;
  doubt: Doubt | null;
  round: number;
};

/** Notes in the row that the gate is being rebuilt, if it is lost; null when it is not. */
async function markLost(stores: Stores, eventId: string, actor: Actor): Promise<MarkedLost | null> {
  const { db, clock } = stores;
  return db.$transaction(async (tx) => {
    const row = await lockEvent(tx, eventId);
    // Under the lock: a reset, or another repair, may have made it whole since it was looked at.
    const { standing } = await engineOf(row.strategy).snapshot(stores, row);
    if (standing.kind !== 'lost') return null;
    // Reset since it was looked at: the new round is not lost, it is not seeded yet.
    const { seededAtMs } = row.roundRow;
    if (seededAtMs === null && row.currentRound > 1 && 'round' in standing.seen) return null;
    const nowMs = clock.nowMs();
    // What only the gate knew of the event goes with it otherwise.
    const gate = readGateSeen(row, standing.seen);
    if (gate === 'unreadable') {
      await recordLostChanges(tx, stores, {
        eventId,
        round: row.currentRound,
        pendingChanges: standing.seen['carry'] ?? '',
      });
    }
    const event = gate === null || gate === 'unreadable' ? row : await adoptGate(tx, row, gate, nowMs);
    const doubt = await engineOf(event.strategy).doubtOfLoss(stores.db, event, nowMs);
    if (doubt === 'paused' && !event.roundRow.paused) {
      const after = { ...event, version: event.version + 1, roundRow: { ...event.roundRow, paused: true } };
      await writeEvent(tx, event, after, nowMs);
      const { role, door } = actor;
      const reason = `The gate was lost (${standing.why}): claims may have been accepted that nobody knows of.`;
      const asked = { action: 'event.pause', actor: actor.name, role, door, reason, requestId: null, atMs: nowMs };
      await auditChange(tx, asked, event, after);
    }
    await tx.round.update({
      where: { eventId_round: { eventId, round: event.currentRound } },
      // From here on the round has a gate that decides; were that lost, it must not be seeded as a new one.
      data: { rebuildingAt: new Date(nowMs), ...(seededAtMs === null && { seededAt: new Date(nowMs) }) },
      select: { round: true },
    });
    return { standing, doubt, round: event.currentRound };
  });
}

/** The lost gate; null where it is none of the round's. */
function readGateSeen({ eventId, currentRound }: EventRow, seen: SeenGate): Gate | 'unreadable' | null {
  try {
    const gate = parseGate(eventId, seen);
    return gate?.round === currentRound && !isInert(gate) ? gate : null;
  } catch (err) {
    if (err instanceof Fault) return 'unreadable';
    throw err;
  }
}

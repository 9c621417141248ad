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
 * `doubt`: more claims may have been promised than are known, so the event was paused, unless it was already closed.
 */
export type RecoveredGate = { kind: 'rebuilt'; why: string; doubt: Doubt | null } | { kind: 'not_lost' };

type Doubt = 'paused' | 'closed';

/**
 * Rebuilds a lost gate and its winners from MySQL and what is left in Redis. First marks the row as being rebuilt, so
 * that the sweep can continue if this process dies. Pauses the event if accepted claims may be missing from both
 * stores. Safe to run twice, even at the same time. Throws if a store does not answer or if winners contradict MySQL.
 * In these cases, the event stays stopped.
 */
export async function recoverGate(stores: Stores, eventId: string, actor: Actor): Promise<RecoveredGate> {
  let recovered: RecoveredGate = { kind: 'not_lost' };
  const found = await mustFind(stores, eventId);
  // If a reset has not reached the gate yet, nothing is lost: complete the reset, which replaces the old gate.
  if (found.currentRound > 1) await followReset(stores, eventId);
  const seen = await mustTakeSnapshot(stores, await mustFind(stores, eventId));
  if (seen.standing.kind !== 'lost') {
    // If an earlier rebuild died halfway, complete it, as the sweep would.
    await rebuildRound(stores, eventId);
    return recovered;
  }
  // Look again after each rebuild, because a repair may mistake another repair's new gate for the lost gate and remove
  // it.
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    // Otherwise, changes that only a past round's gate has would be lost together with that gate.
    await adoptPastGate(stores, eventId, (await mustFind(stores, eventId)).currentRound);
    const marked = await markLost(stores, eventId, actor);
    if (marked === null) break;
    const { standing, doubt, round } = marked;
    await clearLost(stores.redis.of(eventId).client, roundKeys(eventId, round), standing.seen);
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

/** If an event's gate is lost, marks the row as being rebuilt; null if the gate is not lost. */
async function markLost(stores: Stores, eventId: string, actor: Actor): Promise<MarkedLost | null> {
  const { db, clock } = stores;
  return db.$transaction(async (tx) => {
    const row = await lockEvent(tx, eventId);
    // Check again under the lock, because a reset or another repair may have restored the gate since the snapshot.
    const { standing } = await engineOf(row.strategy).snapshot(stores, row);
    if (standing.kind !== 'lost') return null;
    // The event was reset since the snapshot: the new round is not lost, only not seeded yet.
    const { seededAtMs } = row.roundRow;
    if (seededAtMs === null && row.currentRound > 1 && 'round' in standing.seen) return null;
    const nowMs = clock.nowMs();
    // Otherwise, changes that only this gate has would be lost together with it.
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
      const reason = `The gate was lost (${standing.why}): it may have accepted claims that nobody knows of.`;
      const asked = { action: 'event.pause', actor: actor.name, role, door, reason, requestId: null, atMs: nowMs };
      await auditChange(tx, asked, event, after);
    }
    await tx.round.update({
      where: { eventId_round: { eventId, round: event.currentRound } },
      // The round may soon have a gate that decides. If that gate is lost too, the round must not be seeded as if it
      // were new.
      data: { rebuildingAt: new Date(nowMs), ...(seededAtMs === null && { seededAt: new Date(nowMs) }) },
      select: { round: true },
    });
    return { standing, doubt, round: event.currentRound };
  });
}

/** The lost gate; null if it does not belong to the round. */
function readGateSeen({ eventId, currentRound }: EventRow, seen: SeenGate): Gate | 'unreadable' | null {
  try {
    const gate = parseGate(eventId, seen);
    return gate?.round === currentRound && !isInert(gate) ? gate : null;
  } catch (err) {
    if (err instanceof Fault) return 'unreadable';
    throw err;
  }
}

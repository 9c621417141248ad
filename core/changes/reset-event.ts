import { auditChange } from '../audit/audit-change.ts';
import { engineOf } from '../engines/engines.ts';
import { findEvent, type EventRow } from '../events/event-rows.ts';
import { isPending, type AskedChange } from '../events/pending-changes.ts';
import { type Gate } from '../gate/gate.ts';
import { adoptGate, lockEvent } from '../gate/sync-gate.ts';
import { say } from '../messages/message.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { seedRound } from '../rounds/seed-round.ts';
import { Fault, asUnavailable } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import { isAbove, knowsNone, limitsOf, noLimits, type ApprovalLimits } from './approval.ts';
import { refuseOtherVersion } from './event-changes.ts';
import type { ResetInput } from './inputs.ts';
import { insertRound } from './insert-event.ts';
import { nextRound } from './next-round.ts';

/** How often to try to update the gate while other processes seed, change or reset the event at the same moment. */
const followAttemptsMax = 3;

/**
 * Begins the next round in the rows, in one transaction. If MySQL decides claims, nothing else is needed. If a gate
 * decides, the gate stays in its round until `followReset`. Until then, the new row has no `seededAt`, which means that
 * nobody can have claimed in the new round and that its gate has to be made. Resolves to the new round's number.
 */
export async function resetLocked(
  stores: Stores,
  tx: DbTransaction,
  asked: AskedChange,
  input: ResetInput,
  ofProcess: ApprovalLimits = noLimits,
): Promise<number> {
  const { clock } = stores;
  const { eventId } = input;
  const row = await lockEvent(tx, eventId);
  const gate = await gateToLeave(stores, row);
  // Changes that only the gate has belong to that gate's round.
  const before = gate === null ? row : await adoptGate(tx, row, gate, clock.nowMs());
  refuseOtherVersion(before.version, input.version);
  const settings = nextRound(before, input, asked.atMs);
  // Throws if the requestId belongs to a different change that only the gate had so far.
  if (gate !== null) isPending(gate.pendingChanges, asked);
  const seededAtMs = (await engineOf(row.strategy).holdClaims(tx, row))?.nowMs ?? null;
  const nowMs = seededAtMs ?? clock.nowMs();
  const round = before.currentRound + 1;
  const limits = limitsOf(before, ofProcess);
  const above = knowsNone(limits)
    ? before.roundRow.needsApproval
    : isAbove({ amount: before.amount, stock: settings.stock }, limits);
  const approvalAskedBy = above ? asked.actor : null;
  await insertRound(tx, { ...settings, eventId, round, seededAtMs, approvalAskedBy }, nowMs);
  await tx.event.update({
    where: { id: eventId },
    data: { round, version: before.version + 1, updatedAt: new Date(nowMs) },
    select: { id: true },
  });
  if (before.roundRow.rebuildingAtMs !== null) await stopRebuilding(tx, before);
  const after = await findEvent(tx, eventId);
  if (after === null) throw new Error(`Event ${eventId} was reset but can't be read.`);
  await auditChange(tx, asked, before, after);
  return round;
}

/**
 * After the commit, moves the gate to the current round, so that nothing is decided in the previous one. Throws
 * `unavailable` if that fails; the sweep or a repeated request then moves the gate.
 */
export async function followReset(stores: Stores, eventId: string): Promise<void> {
  const { db, log } = stores;
  for (let attempt = 1; ; attempt += 1) {
    const event = await findEvent(db, eventId);
    if (event === null || event.roundRow.seededAtMs !== null) return;
    try {
      await seedRound(stores, eventId, event.currentRound);
    } catch (err) {
      if (err instanceof Fault && attempt < followAttemptsMax) continue;
      log.warn(
        { event: 'reset_not_followed', eventId, err },
        'the gate could not be moved to the new round; the sweep tries again',
      );
      throw new Fault('unavailable', say('reset_not_followed', { eventId }), { cause: err });
    }
  }
}

/**
 * The gate of the round that ends. Null if there is none, or if it is unreadable, because a reset has to work in that
 * case too.
 */
async function gateToLeave(stores: Stores, event: EventRow): Promise<Gate | null> {
  if (event.roundRow.seededAtMs === null) return null;
  try {
    const gate = await engineOf(event.strategy).readGate(stores, event.eventId);
    return gate?.round === event.currentRound ? gate : null;
  } catch (err) {
    if (err instanceof Fault && err.code === 'gate_lost') return null;
    throw asUnavailable(err, say('redis_away_unchanged'));
  }
}

/**
 * If the round is being rebuilt for a top-up, marks the round so that the sweep removes what the rebuild has put into
 * Redis.
 */
async function stopRebuilding(tx: DbTransaction, { eventId, currentRound: round }: EventRow): Promise<void> {
  await tx.round.update({
    where: { eventId_round: { eventId, round } },
    data: { rebuildingAt: null, unlinkedAt: null },
    select: { round: true },
  });
}

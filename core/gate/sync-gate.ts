import { randomUUID } from 'node:crypto';
import { auditChange, isAudited } from '../audit/audit-change.ts';
import { noteDone } from '../events/admin-requests.ts';
import { writeInfoColumns } from '../events/event-columns.ts';
import { pickInfo } from '../events/event-fields.ts';
import { findEvent, roundConfig, type EventRow } from '../events/event-rows.ts';
import { noEvent } from '../events/no-event.ts';
import { parsePendingChanges, type PendingChange } from '../events/pending-changes.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import type { Stores } from '../stores/stores.ts';
import { configureGate, type GateConfig } from './gate-scripts.ts';
import { readGate, type Gate } from './gate.ts';

/**
 * Makes an event's row and gate agree: the row takes the gate's pending changes, then the gate takes the row's
 * configuration. If a process dies between the two steps, the next call completes the work. Does nothing if there is no
 * gate.
 */
export async function syncGate(stores: Stores, eventId: string): Promise<void> {
  const { db, redis, clock } = stores;
  const synced = await db.$transaction(async (tx) => {
    const event = await lockEvent(tx, eventId);
    const gate = await readGate(redis.of(eventId).client, eventId);
    if (gate === null || gate.round !== event.currentRound) return null;
    return { event: await adoptGate(tx, event, gate, clock.nowMs()), gate };
  });
  if (synced === null) return;
  const { event, gate } = synced;
  if (event.version > gate.version || gate.pendingChanges !== '') await pushToGate(stores, event, gate.pendingChanges);
}

/** Reads an event and locks it against changes until the transaction ends. Throws `not_found`. */
export async function lockEvent(tx: DbTransaction, eventId: string): Promise<EventRow> {
  await tx.$queryRaw`SELECT id FROM events WHERE id = ${eventId} FOR UPDATE`;
  const event = await findEvent(tx, eventId);
  if (event === null) throw noEvent(eventId);
  return event;
}

/**
 * Writes the changes that only the gate has to the row of the gate's round and to the audit trail. Returns the changed
 * row, with a version above the row's and the gate's. The gate keeps its pending changes until after the commit; the
 * audit trail shows that the row already has them.
 */
export async function adoptGate(tx: DbTransaction, event: EventRow, gate: Gate, nowMs: number): Promise<EventRow> {
  const { eventId } = event;
  let adopted = event;
  for (const change of await unknownToRow(tx, event, gate, nowMs)) {
    const after = withChange(adopted, change);
    await auditChange(tx, change, adopted, after);
    await noteDone(tx, { ...change, eventId }, true);
    adopted = after;
  }
  adopted = withOpening(adopted, gate, nowMs);
  if (adopted !== event) await writeEvent(tx, event, adopted, nowMs);
  return adopted;
}

async function unknownToRow(tx: DbTransaction, event: EventRow, gate: Gate, nowMs: number): Promise<PendingChange[]> {
  const changes: PendingChange[] = [];
  for (const change of parsePendingChanges(gate.pendingChanges)) {
    if (!(await isAudited(tx, event.eventId, change))) changes.push(change);
  }
  if (changes.length > 0 || gate.version <= event.version) return changes;
  // MySQL has lost a committed change, for example because a backup was restored. Of the lost changes, only the gate's
  // current state is known.
  const { info, version, stock, closesAtMs, paused, closed, heldOpensAtMs, reserved } = gate;
  const opensAtMs = heldOpensAtMs ?? gate.opensAtMs;
  return [
    {
      ...{ action: 'event.adopt', actor: 'firstcome', role: null, door: 'worker', inputHash: '', atMs: nowMs },
      ...{ reason: 'The gate had a newer version than the row.', requestId: randomUUID(), version, info },
      round: {
        ...{ stock, opensAtMs, closesAtMs, paused, closedAtMs: closed ? nowMs : null },
        needsApproval: heldOpensAtMs !== null,
        reserved,
      },
    },
  ];
}

function withChange(event: EventRow, { version, info, round }: PendingChange): EventRow {
  const { stock, closedAtMs } = event.roundRow;
  const changedStock = round.stock ?? stock;
  return {
    ...event,
    ...info,
    version: Math.max(event.version, version) + 1,
    roundRow: {
      ...event.roundRow,
      ...round,
      // If the row's version is newer, its stock was raised. The gate may get that stock at any moment, so the row's
      // stock must not go down: MySQL would refuse serials that the gate gives.
      stock: version > event.version ? changedStock : Math.max(changedStock, stock),
      closedAtMs: closedAtMs ?? round.closedAtMs ?? null,
    },
  };
}

/**
 * The gate's opening time if it has passed, because an open gate accepts no other. If the gate opened before it got the
 * row's new time, the row goes back to the gate's time.
 */
function withOpening(event: EventRow, { opensAtMs, version }: Gate, nowMs: number): EventRow {
  if (nowMs < opensAtMs || event.roundRow.opensAtMs === opensAtMs) return event;
  return { ...event, version: Math.max(event.version, version) + 1, roundRow: { ...event.roundRow, opensAtMs } };
}

/**
 * Writes everything that can change in an event and its round. If a retired round's stock is raised, also marks the
 * round for a rebuild.
 */
export async function writeEvent(tx: DbTransaction, before: EventRow, event: EventRow, nowMs: number): Promise<void> {
  const { eventId, roundRow } = event;
  const raised = roundRow.stock > before.roundRow.stock;
  const comesBack = raised && roundRow.retiredAtMs !== null;
  await tx.event.update({
    where: { id: eventId },
    data: {
      ...writeInfoColumns(event),
      strategy: event.strategy,
      version: event.version,
      updatedAt: new Date(nowMs),
    },
    select: { id: true },
  });
  await tx.round.update({
    where: { eventId_round: { eventId, round: roundRow.round } },
    data: {
      stock: roundRow.stock,
      opensAt: new Date(roundRow.opensAtMs),
      closesAt: roundRow.closesAtMs === null ? null : new Date(roundRow.closesAtMs),
      paused: roundRow.paused,
      closedAt: roundRow.closedAtMs === null ? null : new Date(roundRow.closedAtMs),
      needsApproval: roundRow.needsApproval,
      approvalAskedBy: roundRow.approvalAskedBy,
      reserved: roundRow.reserved === '' ? null : roundRow.reserved,
      // After a top-up, the round will have more claims than were verified.
      ...(raised && { verifiedAt: null }),
      ...(comesBack && { rebuildingAt: new Date(nowMs) }),
    },
    select: { round: true },
  });
}

/** Gives the gate the row's configuration. If the gate refuses it, the next sweep tries again. */
async function pushToGate(stores: Stores, event: EventRow, pendingBefore: string): Promise<void> {
  const reply = await configureGate(stores.redis.of(event.eventId).client, event.eventId, gateConfig(event), {
    pendingBefore,
    pendingChanges: '',
  });
  const key = `behind ${event.eventId}`;
  if (reply.kind === 'configured' || reply.kind === 'older' || reply.kind === 'no_gate')
    return stores.logged.clear(key);
  if (!stores.logged.isNew(key, JSON.stringify([event.version, reply]))) return;
  stores.log.warn(
    { event: 'gate_behind', eventId: event.eventId, version: event.version, reply },
    'the gate did not take the row’s configuration; the sweep tries again',
  );
}

/** The settings that a change can give a gate, taken from the row. */
export const gateConfig = (event: EventRow): GateConfig => ({
  ...roundConfig(event),
  info: pickInfo(event),
  reserved: event.roundRow.reserved,
});

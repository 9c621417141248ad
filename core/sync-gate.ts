import { parseCarry, type CarriedChange } from './carry.ts';
import { Fault } from './fault.ts';
import { noteDone } from './mysql/admin-requests.ts';
import { appendAudit } from './mysql/audit-rows.ts';
import { findEvent, roundConfig, type EventRow } from './mysql/event-rows.ts';
import type { DbTransaction } from './mysql/open-db.ts';
import { configureGate } from './redis/gate-scripts.ts';
import { readGate, type Gate } from './redis/gate.ts';
import type { Stores } from './stores.ts';

/**
 * Makes an event's row and gate agree; the newer version wins, and changes that only the gate has are carried to the
 * row. Whoever dies in the middle leaves a difference in versions, which the next call mends. No gate: nothing to do.
 */
export async function syncGate(stores: Stores, eventId: string): Promise<void> {
  const { db, redis, clock } = stores;
  const synced = await db.$transaction(async (tx) => {
    const event = await lockEvent(tx, eventId);
    const gate = await readGate(redis.client, eventId);
    if (gate === null || gate.round !== event.currentRound) return null;
    return { event: await adoptGate(tx, event, gate, clock.nowMs()), gate };
  });
  if (synced === null || synced.event.version <= synced.gate.version) return;
  await pushToGate(stores, synced.event, synced.gate.carry);
}

/** Reads an event and keeps others from changing it until the transaction ends. Throws `not_found`. */
export async function lockEvent(tx: DbTransaction, eventId: string): Promise<EventRow> {
  await tx.$queryRaw`SELECT id FROM events WHERE id = ${eventId} FOR UPDATE`;
  const event = await findEvent(tx, eventId);
  if (event === null) throw new Fault('not_found', `There is no event ${eventId}.`);
  return event;
}

/**
 * Brings into the row what the gate has and the row lacks; returns the row as it is then. What the gate carries gets a
 * version above both, and is to be acknowledged to the gate with the next configuration. Until then another call may
 * find it in the gate again; its audit row says that it is done.
 */
export async function adoptGate(tx: DbTransaction, event: EventRow, gate: Gate, nowMs: number): Promise<EventRow> {
  const carried: CarriedChange[] = [];
  for (const change of parseCarry(gate.carry)) {
    if (!(await isAudited(tx, event.eventId, change))) carried.push(change);
  }
  const adopted = withOpening(merge(event, gate, carried, nowMs), gate, nowMs);
  if (adopted === event) return event;
  await writeEvent(tx, adopted, nowMs);
  for (const { action, atMs, ...who } of carried) {
    const change = { eventId: event.eventId, round: gate.round, before: null, after: { carriedFromGate: true } };
    await appendAudit(tx, { ...who, ...change, action: `event.${action}` }, atMs);
    const { eventId } = event;
    const asked = { actor: who.actor, requestId: who.requestId ?? undefined, action: `event.${action}`, eventId };
    await noteDone(tx, { ...asked, input: { eventId } }, false);
  }
  return adopted;
}

/** The newer of the two, where the gate carries nothing. */
function merge(event: EventRow, gate: Gate, carried: CarriedChange[], nowMs: number): EventRow {
  if (gate.carry === '') return gate.version > event.version ? gateAsRow(event, gate, nowMs) : event;
  if (carried.length === 0 && event.version > gate.version) return event;
  // A carried change says all that it did; the rest of a gate that carries may be older than the row.
  return {
    ...event,
    version: Math.max(event.version, gate.version) + 1,
    roundRow: {
      ...event.roundRow,
      paused: event.roundRow.paused || carried.some(({ action }) => action === 'pause'),
      closedAtMs: event.roundRow.closedAtMs ?? carried.find(({ action }) => action === 'close')?.atMs ?? null,
    },
  };
}

/**
 * An open gate takes no other opening time, nor anything that comes with one: a row whose new time the gate did not
 * hear of before it opened goes back to the gate's.
 */
function withOpening(event: EventRow, { opensAtMs, version }: Gate, nowMs: number): EventRow {
  if (nowMs < opensAtMs || event.roundRow.opensAtMs === opensAtMs) return event;
  return { ...event, version: Math.max(event.version, version) + 1, roundRow: { ...event.roundRow, opensAtMs } };
}

async function isAudited(tx: DbTransaction, eventId: string, { action, actor, atMs }: CarriedChange): Promise<boolean> {
  const where = { eventId, actor, action: `event.${action}`, at: new Date(atMs) };
  return (await tx.auditEntry.count({ where })) > 0;
}

/** Writes what can change of an event and its current round. */
export async function writeEvent(tx: DbTransaction, event: EventRow, nowMs: number): Promise<void> {
  const { eventId, currentRound, roundRow } = event;
  await tx.event.update({
    where: { id: eventId },
    data: {
      name: event.name,
      description: event.description,
      amount: BigInt(event.amount),
      currency: event.currency,
      strategy: event.strategy,
      timeZone: event.timeZone,
      listed: event.listed,
      version: event.version,
      updatedAt: new Date(nowMs),
    },
    select: { id: true },
  });
  await tx.round.update({
    where: { eventId_round: { eventId, round: currentRound } },
    data: {
      stock: roundRow.stock,
      opensAt: new Date(roundRow.opensAtMs),
      closesAt: roundRow.closesAtMs === null ? null : new Date(roundRow.closesAtMs),
      paused: roundRow.paused,
      closedAt: roundRow.closedAtMs === null ? null : new Date(roundRow.closedAtMs),
    },
    select: { round: true },
  });
}

/** Gives the gate the row's configuration. A refusal is a difference that the next sweep looks at again. */
export async function pushToGate(stores: Stores, event: EventRow, carriedBefore: string): Promise<void> {
  const reply = await configureGate(
    stores.redis.client,
    event.eventId,
    { ...roundConfig(event), info: eventInfo(event) },
    { carriedBefore, carry: '' },
  );
  if (reply.kind === 'configured' || reply.kind === 'older' || reply.kind === 'no_gate') return;
  stores.log.warn(
    { event: 'gate_behind', eventId: event.eventId, version: event.version, reply },
    'the gate did not take the row’s configuration; the sweep tries again',
  );
}

/** What people read about an event, out of its row. */
export function eventInfo({ name, description, amount, currency, timeZone, listed }: EventRow) {
  return { name, description, amount, currency, timeZone, listed };
}

function gateAsRow(event: EventRow, gate: Gate, nowMs: number): EventRow {
  return {
    ...event,
    ...gate.info,
    version: gate.version,
    roundRow: {
      ...event.roundRow,
      stock: gate.stock,
      opensAtMs: gate.opensAtMs,
      closesAtMs: gate.closesAtMs,
      paused: gate.paused,
      closedAtMs: gate.closed ? (event.roundRow.closedAtMs ?? nowMs) : event.roundRow.closedAtMs,
    },
  };
}

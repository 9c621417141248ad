import type { Redis } from 'ioredis';
import { say } from '../messages/message.ts';
import { auditChange } from '../audit/audit-change.ts';
import { findRound, type EventRow } from '../events/event-rows.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { gateKey } from '../redis/keys.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import { beginRound, type SeedMode, type SeedReply, type SeenGate } from './gate-scripts.ts';
import { NewerGate, isWrongType, parseGate, type Gate } from './gate.ts';
import { recordLostChanges } from './lost-changes.ts';
import { adoptGate, lockEvent, writeEvent } from './sync-gate.ts';

/** An earlier round's gate, or unreadable data, in the place of the gate of an event's current round. */
export type PastGate = {
  seen: SeenGate;
  runId: string | null;
  /** Null if the gate can't be read. */
  gate: Gate | null;
};

/**
 * Finds what a reset to `round` has to replace; null if there is nothing, or if the gate is already in that round or a
 * newer one. Throws if Redis does not answer.
 */
export async function readPastGate(redis: Redis, eventId: string, round: number): Promise<PastGate | null> {
  // There is no round before the first.
  if (round === 1) return null;
  const hash = await redis.hgetall(gateKey(eventId)).catch((err: unknown) => {
    if (isWrongType(err)) return null;
    throw err;
  });
  if (hash !== null && Object.keys(hash).length === 0) return null;
  const { round: seenRound = '', version = '', carry: pendingChanges = '', runId = null } = hash ?? {};
  if (seenRound !== '' && Number(seenRound) >= round) return null;
  return { seen: { round: seenRound, version, pendingChanges }, runId, gate: hash && readable(eventId, hash) };
}

/**
 * Writes to MySQL the changes that only the past gate has, so that the gate may be removed. There are such changes if
 * somebody paused or closed the event during the reset while MySQL was down. The change goes to the earlier round's
 * row, and the new round is paused too, because the admin wanted the event to stop. Resolves to the past gate; null if
 * there is nothing to replace. If a process dies during this call, the gate stays as it was.
 */
export async function adoptPastGate(stores: Stores, eventId: string, round: number): Promise<PastGate | null> {
  const past = await readPastGate(stores.redis.of(eventId).client, eventId, round);
  const { gate } = past ?? {};
  if (!gate || gate.pendingChanges === '') return past;
  await stores.db.$transaction(async (tx) => {
    const nowMs = stores.clock.nowMs();
    const current = await lockEvent(tx, eventId);
    const before = await findRound(tx, eventId, gate.round);
    if (before === null || current.currentRound !== round) return;
    const { version, roundRow } = await adoptGate(tx, before, gate, nowMs);
    const stopped = (roundRow.paused && !before.roundRow.paused) || roundRow.closedAtMs !== before.roundRow.closedAtMs;
    if (stopped && !current.roundRow.paused) await pauseToo(tx, { ...current, version }, gate.round, nowMs);
  });
  return past;
}

/**
 * Replaces the gate that `adoptPastGate` found with the inert gate of a round, and records in the earlier round's row
 * what only the old gate knew. `leftover` means that the round has lost its gate; if the round was never seeded, the
 * old gate has been removed too. Throws `unavailable` if the gate has changed since it was found; it is safe to call
 * again.
 */
export async function replacePastGate(
  stores: Stores,
  tx: DbTransaction,
  { eventId, gate, mode }: { eventId: string; gate: Gate; mode: SeedMode },
  past: PastGate,
): Promise<SeedReply> {
  const reply = await beginRound(stores.redis.of(eventId).client, eventId, gate, mode, past.seen);
  switch (reply.kind) {
    case 'changed':
      throw new Fault('unavailable', say('gate_just_changed', { eventId }));
    case 'late':
      return reply.kind;
    case 'seeded':
    case 'leftover':
      if (reply.kind === 'leftover' && mode !== 'first') return reply.kind;
      if (past.gate === null) {
        const { round, pendingChanges } = past.seen;
        await recordLostChanges(tx, stores, { eventId, round: Number(round) || null, pendingChanges });
      } else {
        await tx.round.updateMany({
          where: { eventId, round: past.gate.round },
          data: { firstClaimAt: asDate(reply.firstAtMs), soldOutAt: asDate(reply.soldOutAtMs) },
        });
      }
      return reply.kind;
  }
}

/** Whether the same gate was found both times. */
export const sameGate = (a: PastGate | null, b: PastGate): boolean =>
  a !== null &&
  a.seen.round === b.seen.round &&
  a.seen.version === b.seen.version &&
  a.seen.pendingChanges === b.seen.pendingChanges;

async function pauseToo(tx: DbTransaction, event: EventRow, pastRound: number, nowMs: number): Promise<void> {
  const paused: EventRow = { ...event, version: event.version + 1, roundRow: { ...event.roundRow, paused: true } };
  await writeEvent(tx, event, paused, nowMs);
  await auditChange(
    tx,
    {
      ...{ action: 'event.pause', actor: 'firstcome', role: null, door: 'worker', requestId: null, atMs: nowMs },
      reason: `Round ${pastRound} was paused or closed while it was being reset and MySQL was unreachable.`,
    },
    event,
    paused,
  );
}

function readable(eventId: string, hash: Record<string, string>): Gate | null {
  try {
    return parseGate(eventId, hash);
  } catch (err) {
    if (err instanceof NewerGate) throw err;
    return null;
  }
}

const asDate = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

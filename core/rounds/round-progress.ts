import { countMissingFaults } from '../claims/claim-faults.ts';
import { highestSerial } from '../claims/claim-rows.ts';
import { engineOf } from '../engines/engines.ts';
import { outboxState } from '../engines/stream/outbox.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { Gate } from '../gate/gate.ts';
import { gateKey, roundKeys } from '../redis/keys.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * `outbox` is null if Redis does not answer; `outboxSinceMs` is when the oldest claim in the outbox was decided, null
 * if the outbox is empty.
 */
export type RoundProgress = { persisted: number; outbox: number | null; outboxSinceMs: number | null };

/**
 * The progress of an event's current round. `gate` is null if the caller could not read it. Never counts millions of
 * rows.
 */
export async function roundProgress(stores: Stores, event: EventRow, gate: Gate | null): Promise<RoundProgress> {
  const { db } = stores;
  const { eventId, currentRound: round } = event;
  const engine = engineOf(event.strategy);
  if (gate !== null) {
    const [progress, storedSerial] = await Promise.all([
      gateProgress(stores, eventId, gate).catch(() => null),
      // If Redis has lost an outbox but not the gate, claims that MySQL lacks must not look persisted.
      highestSerial(db, eventId, round).catch(() => Infinity),
    ]);
    if (progress !== null) {
      const persisted = progress.persisted - (await countSettled(stores, eventId, gate));
      return { ...progress, persisted: Math.max(0, Math.min(persisted, storedSerial)) };
    }
  }
  const [persisted, outbox] = await Promise.all([
    engine.storedClaims(db, event),
    engine.waiting(stores, event).catch(() => null),
  ]);
  return { persisted, outbox: outbox?.claims ?? null, outboxSinceMs: outbox?.oldestAtMs ?? null };
}

/**
 * The progress according to Redis alone. `persisted` is what was issued when `gate` was read, minus the vacant serials,
 * and minus the claims in the outbox or set aside, which are read after the gate. Claims leave the outbox only once
 * MySQL has them, so `persisted` is at most the number of claims that MySQL has or that an operator settled.
 */
export async function gateProgress(
  { redis }: Stores,
  eventId: string,
  { round, issued, vacant, reserved }: Gate,
): Promise<RoundProgress & { outbox: number }> {
  const { claims: outbox, oldestAtMs: outboxSinceMs } = await outboxState(
    redis.of(eventId).client,
    eventId,
    round,
    reserved,
  );
  // Read these last, because a claim is set aside in the same step in which it leaves the outbox.
  const setAside = await redis.of(eventId).client.hlen(roundKeys(eventId, round).setAside);
  return { persisted: Math.max(0, issued - vacant - outbox - setAside), outbox, outboxSinceMs };
}

/**
 * How many claims MySQL lacks because an operator settled them; 0 if a store does not answer. Call this after counting
 * the set-aside marks: settling removes a mark in the same step that records the settled claim in the gate.
 */
async function countSettled({ db, redis }: Stores, eventId: string, { round, issued }: Gate): Promise<number> {
  const noted = await redis
    .of(eventId)
    .client.hget(gateKey(eventId), 'settled')
    .catch(() => null);
  return noted === null
    ? 0
    : countMissingFaults(db, { eventId, round, highest: issued, settledOnly: true }).catch(() => 0);
}

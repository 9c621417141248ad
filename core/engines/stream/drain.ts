import { openCoder, type Coder } from '../../claims/code.ts';
import { persistClaims, type OutboxClaim } from '../../claims/persist-claims.ts';
import { findRound } from '../../events/event-rows.ts';
import { mustStillDecide, type DecidedBy } from '../../failover/note-promise.ts';
import { gateKey } from '../../redis/keys.ts';
import type { Stores } from '../../stores/stores.ts';
import { attributeNames } from '../../tracing/names.ts';
import type { DrainOptions } from '../engine.ts';
import { forgetSettled } from '../gated/forget-set-aside.ts';
import { newestEntryId, readOutbox, type OutboxEntry } from './outbox.ts';
import { settleOutbox } from './stream-scripts.ts';
import { traceMove, type RowSpans } from './trace-rows.ts';

/** More claims per statement would not make a row cheaper. */
const claimsMax = 1_000;
/** An entry has 1 to 256 claims, so a read gets at most 256,000. */
const entriesMax = 1_000;

/** The result of a drain. */
export type Drained = { persisted: number; setAside: number };

/**
 * Moves a round's outbox to MySQL: read, insert, read back, delete. Safe to run twice and by many processes at once. If
 * a drain dies or is stopped, the next one moves the remaining entries. Throws if a store does not answer.
 */
export async function drainOutbox(
  stores: Stores,
  eventId: string,
  round: number,
  { presentOnly = false, signal }: DrainOptions = {},
): Promise<Drained> {
  const { db, redis } = stores;
  const total: Drained = { persisted: 0, setAside: 0 };
  const lastId = presentOnly ? await newestEntryId(redis.of(eventId).client, eventId, round) : '+';
  if (lastId === null) return total;
  let coder: Coder | undefined;
  for (;;) {
    if (signal?.aborted) return total;
    const from = await outboxAt(stores, eventId);
    const entries = await readOutbox(from.link.client, eventId, round, entriesMax, lastId);
    if (entries.length === 0) return total;
    // If MySQL does not know the round, the round's claims are set aside, so it does not matter what code they get.
    coder ??= openCoder((await findRound(db, eventId, round))?.roundRow.codeKey ?? Buffer.alloc(1));
    for (const batch of batches(entries)) {
      if (signal?.aborted) return total;
      const moving = { eventId, round, coder, from };
      const done = await traceMove(stores, moving, batch, (rows) => moveBatch(stores, moving, batch, rows));
      total.persisted += done.persisted;
      total.setAside += done.setAside;
    }
  }
}

async function moveBatch(
  stores: Stores,
  { eventId, round, coder, from }: { eventId: string; round: number; coder: Coder; from: DecidedBy },
  entries: OutboxEntry[],
  rows: RowSpans,
): Promise<Drained> {
  const { db, redis, log } = stores;
  const startedMs = performance.now();
  const claims = entries.flatMap((entry) => entryClaims(entry, coder));
  await promiseStored(stores, { eventId, round, from }, claims);
  const { persisted, faults: recorded } = await persistClaims(db, { eventId, round, claims });
  const persistedAtMs = stores.clock.nowMs();
  // The other faults were recorded by an earlier drain, and an operator has settled them.
  const faults = recorded.filter(({ settled }) => !settled);
  const ids = entries.map(({ id }) => id);
  await settleOutbox(
    redis.of(eventId).client,
    eventId,
    round,
    ids,
    recorded.map(({ claim, reason }) => ({ userId: claim.userId, reason })),
  );
  if (faults.length < recorded.length) await forgetSettled(stores, { eventId, round });
  for (const { claim, reason } of faults) rows.get(claim.serial)?.set({ [attributeNames.setAside]: reason });
  if (faults.length > 0) {
    const serials = faults.slice(0, 10).map(({ claim, reason }) => `${claim.serial}: ${reason}`);
    log.error(
      { event: 'claims_set_aside', eventId, round, count: faults.length, serials },
      'MySQL could not store some claims; they are in claim_faults',
    );
  }
  const setAside = faults.length;
  stores.observe.drained({ claims: claims.length, persisted, setAside, tookMs: performance.now() - startedMs });
  for (const { userIds, claimedAtMs } of entries) {
    stores.observe.persisted({ claims: userIds.length, afterMs: persistedAtMs - claimedAtMs });
  }
  return { persisted, setAside };
}

/** The Redis from which the outbox is read. This process must be on record there before it stores anything. */
async function outboxAt({ redis, roster }: Stores, eventId: string): Promise<DecidedBy> {
  if (!roster.isOnRecord(redis.of(eventId).runId() ?? '')) await roster.enter();
  const link = redis.of(eventId);
  return { link, runId: link.runId() ?? '' };
}

/**
 * Records the claims as promised, before MySQL gets them. Otherwise, while MySQL is down, nobody would notice a
 * promoted replica that lacks them, and it would give their serials again. Throws `unavailable` if Redis was replaced
 * since the claims were read.
 */
async function promiseStored(
  stores: Stores,
  { eventId, round, from }: { eventId: string; round: number; from: DecidedBy },
  claims: readonly OutboxClaim[],
): Promise<void> {
  const { promises, acks } = stores;
  const { link } = from;
  if (acks.wanted > 0) await acks.ofAll(link, eventId);
  // An entry that another program wrote can have any number as its serial, so only serials that the gate has issued
  // count.
  const [gateRound, issued, under] = await link.client.hmget(gateKey(eventId), 'round', 'issued', 'runId');
  const highest = claims.reduce((most, { serial }) => (serial > most ? serial : most), 0);
  mustStillDecide(stores, eventId, from);
  if (gateRound === String(round)) promises.note(eventId, round, Math.min(highest, Number(issued)), '', under ?? '');
}

function entryClaims(entry: OutboxEntry, coder: Coder): OutboxClaim[] {
  return entry.userIds.map((userId, position) => {
    const serial = entry.firstSerial + position;
    return {
      serial,
      userId,
      code: coder(serial, userId),
      claimedAtMs: entry.claimedAtMs,
      entryId: entry.id,
      position,
    };
  });
}

/** Groups whole entries, at most `claimsMax` claims together. */
function* batches(entries: OutboxEntry[]): Generator<OutboxEntry[]> {
  let batch: OutboxEntry[] = [];
  let claims = 0;
  for (const entry of entries) {
    if (batch.length > 0 && claims + entry.userIds.length > claimsMax) {
      yield batch;
      batch = [];
      claims = 0;
    }
    batch.push(entry);
    claims += entry.userIds.length;
  }
  if (batch.length > 0) yield batch;
}

import { engineOf } from '../engines/engines.ts';
import { type FinishOptions, forgetNotes, notesOf } from '../engines/finishing.ts';
import { findRound, type EventRow } from '../events/event-rows.ts';
import { readGateOf } from '../gate/gate.ts';
import { keepRoundInRedis, retireRoundInRedis, type Retirement, type RetireRefusal } from '../gate/retire-scripts.ts';
import { lockEvent } from '../gate/sync-gate.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * Verifies that MySQL has every claim of a closed or sold-out round, and records that in the row. Resolves to whether
 * MySQL has them all. Safe to run twice.
 */
export async function finishRound(stores: Stores, event: EventRow, options: FinishOptions = {}): Promise<boolean> {
  const { kind } = await engineOf(event.strategy).verify(stores, event, options);
  if (kind !== 'verified') return false;
  await recordVerified(stores, event);
  return true;
}

/**
 * Takes a finished round out of Redis. Resolves to whether it is out. Safe to run twice.
 *
 * First verifies the round's claims. Then, in one transaction, a script checks that the gate still has the verified
 * version and marks the gate, and the row gets `retiredAt`, so that the missing gate will not look lost. After that, a
 * script checks everything again and unlinks the round, and the row gets `unlinkedAt`. If a top-up, a pause, a reset or
 * a set-aside claim comes before the end, a script refuses, and the row loses its `retiredAt` again. If a process dies
 * before the end, the row has `retiredAt` but no `unlinkedAt`, and the next sweep continues from there.
 */
export async function retireRound(stores: Stores, event: EventRow, options: FinishOptions = {}): Promise<boolean> {
  const { db, redis, clock, log } = stores;
  const { eventId, round } = event.roundRow;
  const verdict = await engineOf(event.strategy).verify(stores, event, options);
  if (verdict.kind !== 'verified') {
    // Either a process marked the round as retired and died, or something has changed since the mark. Until the round
    // is verified, its row must not say that the gate may be missing.
    if (event.roundRow.retiredAtMs !== null) await keepRound(stores, event);
    return false;
  }
  await recordVerified(stores, event);
  const retirement = await markRetired(stores, event, verdict.winners, options);
  if (retirement === null) return false;
  const reply = await retireRoundInRedis(redis.of(eventId).client, 'end', retirement);
  if (reply.kind !== 'retired') {
    await refused(stores, event, reply.kind === 'refused' ? reply.why : 'unmarked', options);
    return false;
  }
  await db.round.updateMany({
    where: { eventId, round, retiredAt: { not: null }, rebuildingAt: null },
    data: { unlinkedAt: new Date(clock.nowMs()) },
  });
  forgetNotes(options.memory, event);
  log.info({ event: 'round_retired', eventId, round }, 'round taken out of Redis');
  return true;
}

/** Changes the row only if it still has the stock that was checked, because a top-up brings more claims. */
async function recordVerified({ db, clock }: Stores, { roundRow: { eventId, round, stock } }: EventRow): Promise<void> {
  await db.round.updateMany({ where: { eventId, round, stock }, data: { verifiedAt: new Date(clock.nowMs()) } });
}

/** Marks gate and row; null if the event has changed since it was verified, or if the script refuses. */
async function markRetired(
  stores: Stores,
  event: EventRow,
  winners: number,
  options: FinishOptions,
): Promise<Retirement | null> {
  const { db, redis, clock } = stores;
  const { eventId, round } = event.roundRow;
  const marked = await db.$transaction(async (tx): Promise<Retirement | RetireRefusal | null> => {
    const { version, currentRound } = await lockEvent(tx, eventId);
    const row = (await findRound(tx, eventId, round))?.roundRow;
    if (row === undefined || version !== event.version || row.rebuildingAtMs !== null) return null;
    // A gate is lost if it is missing although the round's row does not say "retired".
    const mustBeThere = currentRound === round && row.retiredAtMs === null;
    if (mustBeThere && (await readGateOf(redis.of(eventId).client, eventId, round)) === null) return null;
    const retiredAtMs = row.retiredAtMs ?? clock.nowMs();
    const retirement: Retirement = { eventId, round, version, winners, token: String(retiredAtMs) };
    const reply = await retireRoundInRedis(redis.of(eventId).client, 'begin', retirement);
    if (reply.kind === 'refused') return reply.why;
    await tx.round.update({
      where: { eventId_round: { eventId, round } },
      data: {
        retiredAt: new Date(retiredAtMs),
        ...(reply.kind === 'ready' && { retiredCounter: reply.counter }),
      },
      select: { round: true },
    });
    return retirement;
  });
  if (typeof marked !== 'string') return marked;
  await refused(stores, event, marked, options);
  return null;
}

/** Logs once why a round stays in Redis, and removes `retiredAt` from its row. */
async function refused(stores: Stores, event: EventRow, why: RetireRefusal, options: FinishOptions): Promise<void> {
  const { eventId, round } = event.roundRow;
  await keepRound(stores, event);
  const notes = notesOf(options.memory, event);
  const what = `${event.version} ${why}`;
  if (notes.logged === what) return;
  notes.logged = what;
  stores.log.warn(
    { event: 'round_not_retired', eventId, round, why },
    'the round stays in Redis for now; `why` gives the reason',
  );
}

/**
 * Removes `retiredAt` from the row of a round that is still in Redis. Removes the gate's mark first, so that a script
 * that is still on its way can't unlink the round afterwards.
 */
async function keepRound({ db, redis }: Stores, event: EventRow): Promise<void> {
  const { eventId, round } = event.roundRow;
  await db.$transaction(async (tx) => {
    await lockEvent(tx, eventId);
    const row = (await findRound(tx, eventId, round))?.roundRow;
    if (row === undefined || row.retiredAtMs === null || row.unlinkedAtMs !== null) return;
    // A top-up is already rebuilding the round, and puts back what is missing.
    if (row.rebuildingAtMs !== null) return;
    if ((await keepRoundInRedis(redis.of(eventId).client, eventId, round)) === 'gone') return;
    await tx.round.update({
      where: { eventId_round: { eventId, round } },
      data: { retiredAt: null, retiredCounter: null },
      select: { round: true },
    });
  });
}

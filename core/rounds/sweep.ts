import type { RoundStatus } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { FinishOptions } from '../engines/finishing.ts';
import { forgetSettled } from '../engines/gated/forget-set-aside.ts';
import { readGateThatLacksNothing } from '../engines/gated/lacking-gate.ts';
import { findPromised } from '../engines/gated/promised-claims.ts';
import { gateLossKey, logGateLoss } from '../engines/log-gate-loss.ts';
import { listRoundsToSeed, listUncountedRounds } from '../events/event-rows.ts';
import { eventPhase } from '../events/phase.ts';
import { recordTrustedGate } from '../gate/gate-trust.ts';
import { isInert, type Gate } from '../gate/gate.ts';
import { syncGate } from '../gate/sync-gate.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import { sweptKey } from '../redis/keys.ts';
import { failureState } from '../runtime/state-changes.ts';
import type { Stores } from '../stores/stores.ts';
import { finishRound, retireRound } from './finish-round.ts';
import { rebuildRound } from './rebuild-round.ts';
import { retireLostRound } from './retire-lost-round.ts';
import { readRoundStatuses } from './round-statuses.ts';
import { seedRound } from './seed-round.ts';
import { settleProcesses } from './settle-processes.ts';
import { reopen } from './unsold-round.ts';

/** How long before an opening the sweep adds the event's seed job again, in case a FLUSHALL removed it. */
const seedJobsAheadMs = 3_600_000;
/**
 * The sweep does not drain an outbox younger than this, because a drain was requested when its claims were accepted.
 */
const outboxRestsMs = 3_000;
/** The most rounds that one sweep counts. Each round that an earlier version took out of Redis is counted once. */
const countedPerSweep = 100;

/**
 * Looks after all rounds. Does whatever a lost job would have done, so that a lost job causes a short delay but loses
 * no claim:
 * - seeds the rounds that are due;
 * - drains outboxes that nothing else drains;
 * - settles or returns units whose writers are gone;
 * - makes rows and gates agree;
 * - verifies finished rounds;
 * - rebuilds rounds that left Redis unsold;
 * - retires rounds that finished `retireAfterMs` ago, and, at once, leftovers of a reset and lost rounds that have
 *   nothing to lose.
 *
 * Logs trouble with one round and continues with the others. Aborting `options.signal` ends the sweep early.
 */
export async function sweep(
  stores: Stores,
  jobs: JobQueue,
  retireAfterMs: number,
  options: FinishOptions = {},
): Promise<void> {
  const { db, clock, redis, seedLeadMs } = stores;
  const nowMs = clock.nowMs();
  for (const { eventId, currentRound: round, roundRow } of await listRoundsToSeed(db, nowMs + seedJobsAheadMs, nowMs)) {
    const waitMs = round > 1 ? 0 : roundRow.opensAtMs - seedLeadMs - nowMs;
    await guarded(stores, eventId, `seed ${eventId}`, () =>
      waitMs <= 0
        ? seedRound(stores, eventId, round)
        : jobs.scheduleSeed({ eventId, round }, roundRow.opensAtMs, waitMs),
    );
  }
  for (const { eventId } of await listUncountedRounds(db, countedPerSweep)) {
    await guarded(stores, eventId, `reopen ${eventId}`, () => reopen(stores, eventId));
  }
  const gone = stores.roster.gone();
  const statuses = await readRoundStatuses(stores);
  for (const status of statuses) {
    if (options.signal?.aborted) return;
    const { eventId, round } = status.event.roundRow;
    await guarded(stores, eventId, `tend ${eventId}/${round}`, () => tend(stores, status, retireAfterMs, options));
  }
  await guarded(stores, '', 'settle processes', () => settleProcesses(stores, gone, statuses));
  await redis.system.client.set(sweptKey, clock.nowMs());
}

async function tend(stores: Stores, status: RoundStatus, retireAfterMs: number, options: FinishOptions): Promise<void> {
  const { clock, redis } = stores;
  const engine = engineOf(status.event.strategy);
  const { event, gate, outbox, current, lost, setAside } = status;
  const { eventId, round, rebuildingAtMs, retiredAtMs } = event.roundRow;
  const nowMs = clock.nowMs();

  if (outbox.oldestAtMs !== null && nowMs - outbox.oldestAtMs > outboxRestsMs) {
    // Drains only what is in the outbox now: later claims request drains of their own, and other rounds wait for the
    // sweep.
    await engine.drain(stores, { eventId, round }, { presentOnly: true, signal: options.signal });
    if (options.signal?.aborted) return;
  }
  // A process may have settled or stored a claim and died before it updated Redis.
  if (setAside > 0) await forgetSettled(stores, { eventId, round });
  if (rebuildingAtMs !== null) return rebuildRound(stores, eventId);
  if (retiredAtMs !== null) {
    // The row or the gate was changed without the other, so they have to agree first.
    if (gate !== null && (gate.version !== event.version || gate.pendingChanges !== ''))
      return syncGate(stores, eventId);
    return void (await retireRound(stores, event, options));
  }
  if (!current) return tendPast(stores, status, options);
  if (lost) {
    // This is logged first, so that the log shows why the round left Redis.
    logGateLoss(stores, event, { alarming: engine.isAlarmingLoss(event, nowMs), round });
    await retireLostRound(stores, event, options);
    return;
  }
  stores.logged.clear(gateLossKey(eventId));
  if (gate === null || isInert(gate)) {
    await seedRound(stores, eventId, round);
    return;
  }
  if (engine.persistsLater && !(await trustIfComplete(stores, status, gate))) return;
  if (engine.persistsLater && !(await lacksNothing(stores, status, gate))) return;
  if (gate !== null) {
    const agree = gate.version === event.version && gate.pendingChanges === '';
    if (!agree) await syncGate(stores, eventId);
    await engine.settle(stores, event);
    // The status may be out of date; the next sweep decides whether the round is over.
    if (!agree) return;
    await recordTrustedGate(stores.db, event, gate, redis.of(eventId).runId());
    await recordGate(stores, status);
  }
  await finishAndRetire(stores, status, retireAfterMs, options);
}

/**
 * After a failover, trusts a gate that has everything that was promised. Resolves to false while it is unknown whether
 * the gate has everything; until that is known, nothing about the round is final.
 */
async function trustIfComplete(stores: Stores, { event }: RoundStatus, gate: Gate): Promise<boolean> {
  const { eventId } = event;
  const runId = stores.redis.of(eventId).runId();
  if (runId === undefined || gate.runId === runId) return true;
  if ((await findPromised(stores, eventId, gate, runId)).kind !== 'there') return false;
  await engineOf(event.strategy).standing(stores, event);
  return true;
}

/**
 * Whether a trusted gate has what was promised by this process, or by ended processes whose promises it took over. If
 * the gate lacks anything, it is stopped. Promises that an operator has given up are forgotten.
 */
async function lacksNothing(stores: Stores, { event }: RoundStatus, { round }: Gate): Promise<boolean> {
  const { eventId } = event;
  const link = stores.redis.of(eventId);
  const runId = link.runId();
  if (runId === undefined || stores.promises.of(eventId)?.round !== round) return true;
  const gate = await readGateThatLacksNothing(stores, eventId, link, runId);
  return gate?.runId === runId;
}

/**
 * Retires what an event left behind in an earlier round. Nobody asks for that round any more, so it leaves Redis as
 * soon as MySQL has all of it. If its gate is still there, the current round has to be seeded first.
 */
async function tendPast(stores: Stores, { event, gate }: RoundStatus, options: FinishOptions): Promise<void> {
  if (gate === null) await retireRound(stores, event, options);
}

/** Copies to the row what only the gate knows, before the gate is gone. */
async function recordGate(stores: Stores, { event, gate }: RoundStatus): Promise<void> {
  const { eventId, round, firstClaimAtMs, soldOutAtMs } = event.roundRow;
  if (gate === null || (gate.firstAtMs === firstClaimAtMs && gate.soldOutAtMs === soldOutAtMs)) return;
  await stores.db.round.update({
    where: { eventId_round: { eventId, round } },
    data: { firstClaimAt: asDate(gate.firstAtMs), soldOutAt: asDate(gate.soldOutAtMs) },
    select: { round: true },
  });
}

async function finishAndRetire(
  stores: Stores,
  { event, gate }: RoundStatus,
  retireAfterMs: number,
  options: FinishOptions,
): Promise<void> {
  const { roundRow } = event;
  const nowMs = stores.clock.nowMs(event.eventId);
  const issued = gate?.issued ?? 0;
  const phase = eventPhase({ ...roundRow, closed: roundRow.closedAtMs !== null, issued }, nowMs);
  const closedAtMs =
    phase === 'closed' ? Math.min(roundRow.closedAtMs ?? Infinity, roundRow.closesAtMs ?? Infinity) : null;
  const endedAtMs = closedAtMs ?? gate?.soldOutAtMs ?? null;
  if (endedAtMs === null) return;
  if (nowMs - endedAtMs >= retireAfterMs) await retireRound(stores, event, options);
  else if (phase === 'closed' && roundRow.verifiedAtMs === null) await finishRound(stores, event, options);
}

/** `key` names the step that runs for the event. */
async function guarded(
  { log, logged }: Stores,
  eventId: string,
  key: string,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
    logged.clear(key);
  } catch (err) {
    if (!logged.isNew(key, failureState(err))) return;
    log.error({ event: 'sweep_failed', eventId, err }, 'the sweep failed for an event; it will try again');
  }
}

const asDate = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

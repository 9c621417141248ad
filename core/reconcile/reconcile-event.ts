import type { Actor } from '../access/actor.ts';
import { appendAudit } from '../audit/audit-rows.ts';
import type { DriftKind } from '../compare/drift-kind.ts';
import { detailOf, type Finding } from '../compare/finding.ts';
import type { EventRow } from '../events/event-rows.ts';
import { mustFind } from '../events/must-find.ts';
import { reasonOf, say, type Message } from '../messages/message.ts';
import { unsoldOf } from '../rounds/unsold-round.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import { adviceFor, lostAdvice, unfinishedAdvice } from './advice.ts';
import { findConfigDrift } from './config-drift.ts';
import { judgeRound } from './judge-round.ts';
import { findOpenFaults } from './open-faults.ts';
import { repairEvent } from './repair-event.ts';
import {
  mergeFindings,
  type Reconciled,
  type ReconcileInput,
  type ReconcileOptions,
  type WatchReconcile,
} from './report.ts';
import { findStaleRounds } from './stale-rounds.ts';
import { findUnfinishedRepair, repairActions } from './unfinished-repair.ts';

/** The action in the audit trail for a reconcile without a repair. */
const lookAction = 'event.reconcile';

/**
 * Compares what Redis and MySQL know about an event's current round. With `repair`, fixes whatever can be fixed without
 * breaking a promise; in that case, `findings` and `verdict` describe what is left. Records findings and verdict in the
 * audit trail, and throws if that fails. Safe while claims, other changes or another reconcile are running. Throws
 * `not_found`, and `unavailable` if a store does not answer. Aborting `signal` ends a repair between two pages of
 * claims. If a repair is interrupted, what it has fixed stays fixed, and repeating the call does the rest.
 */
export async function reconcileEvent(
  stores: Stores,
  { eventId, repair }: ReconcileInput,
  actor: Actor,
  { watch = () => undefined, signal }: ReconcileOptions = {},
): Promise<Reconciled> {
  const caller: Caller = { watch, signal };
  try {
    const event = await mustFind(stores, eventId);
    const unfinished = await findUnfinishedRepair(stores.db, event);
    const earlier = unfinished === null ? [] : [unfinishedAdvice(eventId, unfinished, repair)];
    if (!repair) {
      const found = await judge(stores, eventId, caller, { repaired: null, advice: earlier });
      await note(stores, found, actor, lookAction, { verdict: found.verdict, found: countsOf(found) });
      return found;
    }
    await note(stores, { eventId, round: event.currentRound }, actor, repairActions.begun, null);
    const { repaired, advice } = await repairEvent(stores, eventId, actor, { ...caller, unfinished });
    const left = await judge(stores, eventId, caller, { repaired, advice: [...earlier, ...advice] });
    const outcome = { repaired, verdict: left.verdict, left: countsOf(left), advice: advice.map(messageOf) };
    const { currentRound: round } = await mustFind(stores, eventId);
    await note(stores, { eventId, round }, actor, repairActions.ended, outcome);
    return left;
  } catch (err) {
    if (signal?.aborted === true) {
      const { reason } = signal as { reason: Error };
      const left = { event: 'reconcile_ended_early', eventId, repair, why: reason.message };
      stores.log.info(left, 'a reconcile ended early, as requested');
      throw reason;
    }
    stores.log.warn({ event: 'reconcile_failed', eventId, repair, err }, 'an event could not be reconciled');
    throw unreconciled(stores, { eventId, repair }, err);
  }
}

type Caller = { watch: WatchReconcile; signal: AbortSignal | undefined };

/** The fault for a store that does not answer: which store, what that means for the request, and what to do. */
function unreconciled({ redis }: Stores, { eventId, repair }: ReconcileInput, cause: unknown): Fault {
  if (cause instanceof Fault && cause.code !== 'unavailable') return cause;
  const why = [
    cause instanceof Fault ? cause.message : 'A store did not answer.',
    ...(redis.of(eventId).runId() === undefined ? ['Redis is unreachable.'] : []),
  ].join(' ');
  return new Fault('unavailable', say(repair ? 'not_repaired' : 'not_reconciled', { eventId, why }), { cause });
}

async function judge(
  stores: Stores,
  eventId: string,
  caller: Caller,
  repair: { repaired: number | null; advice: Message[] },
): Promise<Reconciled> {
  const judged = await judgeRound(stores, eventId, caller);
  const event = await mustFind(stores, eventId);
  const openFaults = await findOpenFaults(stores, event);
  const findings = mergeFindings(judged.findings, await findAround(stores, event), openFaults);
  const done = repair.repaired !== null;
  const advice = [
    ...repair.advice,
    ...(judged.reserved === 0 ? [] : [say('advise_reserved', { count: judged.reserved, eventId })]),
    ...(judged.settled === 0 ? [] : [say('advise_settled', { count: judged.settled, eventId })]),
    ...(openFaults.length === 0 ? [] : [say('advise_open_faults', { eventId })]),
    ...findings.map(({ kind }) =>
      kind === 'config_drift' && judged.lost ? lostAdvice(eventId, done) : adviceFor(kind, done, eventId),
    ),
  ];
  return {
    ...{ eventId, round: judged.round },
    ...{ issued: judged.issued, persisted: judged.persisted, pending: judged.pending, reserved: judged.reserved },
    findings,
    repaired: repair.repaired ?? 0,
    verdict: findings.length === 0 ? 'clean' : 'drift',
    advice: advice.map(messageOf),
    adviceReasons: advice.map(reasonOf),
  };
}

/** Findings about the event that don't concern the claims of its current round. */
async function findAround(stores: Stores, event: EventRow): Promise<Finding<DriftKind>[]> {
  const differences = [...(await findConfigDrift(stores, event.eventId))];
  const stale = await findStaleRounds(stores, event);
  const unsold = await unsoldOf(stores.db, event, stores.clock.nowMs());
  if (unsold > 0) {
    differences.push(say('found_unsold', { unsold }));
  }
  const examples = (messages: Message[]) =>
    messages.map((message) => ({ serial: null, userId: null, ...detailOf(message) }));
  return [
    { kind: 'config_drift', count: differences.length, examples: examples(differences) },
    { kind: 'stale_round', count: stale.length, examples: examples(stale.map(({ found }) => found)) },
  ];
}

const messageOf = ({ message }: Message): string => message;

const countsOf = ({ findings }: Reconciled) => findings.map(({ kind, count }) => ({ kind, count }));

async function note(
  { db, clock }: Stores,
  { eventId, round }: { eventId: string; round: number },
  { name, role, keyId, door, reason }: Actor,
  action: string,
  after: object | null,
): Promise<void> {
  await db.$transaction((tx) =>
    appendAudit(
      tx,
      {
        ...{ actor: name, role, keyId, door, action, eventId, round, requestId: null, reason: reason ?? null },
        ...{ before: null, after },
      },
      clock.nowMs(),
    ),
  );
}

import { auditChange } from '../audit/audit-change.ts';
import { highestSerial } from '../claims/claim-rows.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { StrategyName } from '../events/event.ts';
import { readOpeningEvidence } from '../events/opening-evidence.ts';
import { addPendingChange, isPending, type AskedChange, type PendingChange } from '../events/pending-changes.ts';
import { reservedTo } from '../events/reserved-serials.ts';
import { stillDecides, type DecidedBy } from '../failover/note-promise.ts';
import { configureGate, type ConfigureReply, type GateConfig } from '../gate/gate-scripts.ts';
import { readGate, type Gate } from '../gate/gate.ts';
import { judgeMissingGate } from '../gate/missing-gate.ts';
import { adoptGate, gateConfig, lockEvent, syncGate, writeEvent } from '../gate/sync-gate.ts';
import { say } from '../messages/message.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { rebuildRound } from '../rounds/rebuild-round.ts';
import { Fault, asUnavailable } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import type { Change, ChangeFacts } from './change-event.ts';
import { changeSteps, difference, sameEvent } from './change-steps.ts';
import type { ChangeInput } from './inputs.ts';
import { openCut, refuseOpenCut, unconfirmedCutFrom } from './open-cut.ts';

/** A change that may be confirmed by typing the event's name. */
export type ConfirmableChange = ChangeInput & { confirm?: string | undefined };

/** How often to try a change in the gate alone while other changes reach the gate at the same moment. */
const gateAttemptsMax = 5;

/**
 * Makes one change of an event at a time: the row stays locked while the gate is changed. The gate gets the change
 * before the commit, because only the gate can say whether the change is still allowed. The gate gets a raised stock
 * only after the commit, so that MySQL never refuses a serial that the gate gave. The change stays pending in the gate
 * until MySQL has it, so if a process dies before that, the sweep or the next change completes it. Resolves to whether
 * the gate must be updated after the commit.
 */
export async function changeLocked(
  stores: Stores,
  tx: DbTransaction,
  asked: AskedChange,
  { eventId, version, confirm }: ConfirmableChange,
  decide: Change,
): Promise<boolean> {
  const { row, gate, before, nowMs } = await lockAdopted(stores, tx, eventId);
  // An earlier attempt changed only the gate. `lockAdopted` has just written that change to the row.
  if (gate !== null && isPending(gate.pendingChanges, asked)) return true;
  refuseOtherVersion(before.version, version);
  const held = await engineOf(row.strategy).holdClaims(tx, row);
  if (held !== null) return changeRows(tx, asked, { confirm }, { before, facts: held }, decide);
  const storedSerial = await highestSerial(tx, eventId, row.currentRound);
  const counter = gate?.issued ?? reservedTo(before.roundRow.reserved);
  const facts = { nowMs, issued: Math.max(counter, storedSerial) };
  const decided = decide(before, facts);
  if (gate === null) {
    await refuseWithoutGate(stores, tx, before, decided, nowMs);
    refuseOpenCut(before, decided, confirm, facts);
  } else {
    refuseOldGate(gate, decided, storedSerial);
  }
  if (sameEvent(before, decided)) return gate !== null;

  const { first, after, raises } = changeSteps(row, before, decided);
  if (gate !== null && first !== null) {
    const change = { ...asked, version: first.version, ...difference(before, decided) };
    const cutFrom = unconfirmedCutFrom(before, decided, confirm);
    refuseByGate(await configureGateWith(stores, eventId, gateConfig(first), gate.pendingChanges, change, cutFrom));
  }
  await writeEvent(tx, row, after, nowMs);
  await auditChange(tx, asked, before, after);
  return gate !== null || raises;
}

/**
 * Locks an event, and adds to its row the changes that only the gate had. `row` is the row without them, `before` with
 * them. A second call in the same transaction changes nothing.
 */
export async function lockAdopted(
  stores: Stores,
  tx: DbTransaction,
  eventId: string,
): Promise<{ row: EventRow; gate: Gate | null; before: EventRow; nowMs: number }> {
  const row = await lockEvent(tx, eventId);
  // Read the time only now, because the opening may have passed while this call waited for the lock.
  const nowMs = stores.clock.nowMs();
  const gate = row.roundRow.seededAtMs === null ? null : await currentGate(stores, row);
  return { row, gate, before: gate === null ? row : await adoptGate(tx, row, gate, nowMs), nowMs };
}

/** Makes a change in the rows alone: if MySQL decides, there is no gate to update. */
async function changeRows(
  tx: DbTransaction,
  asked: AskedChange,
  { confirm }: Pick<ConfirmableChange, 'confirm'>,
  { before, facts }: { before: EventRow; facts: ChangeFacts },
  decide: Change,
): Promise<false> {
  const decided = decide(before, facts);
  refuseOpenCut(before, decided, confirm, facts);
  if (sameEvent(before, decided)) return false;
  const after: EventRow = { ...decided, version: before.version + 1 };
  await writeEvent(tx, before, after, facts.nowMs);
  await auditChange(tx, asked, before, after);
  return false;
}

/**
 * Refuses changes that are unsafe without a gate. While the gate is lost, it is unknown which serials its outbox still
 * holds, and which serial comes next. The round must not get a later opening time or come to need an approval, because
 * it would then look as if it had never opened.
 */
async function refuseWithoutGate(
  { seedLeadMs }: Stores,
  tx: DbTransaction,
  before: EventRow,
  { roundRow }: EventRow,
  nowMs: number,
): Promise<void> {
  if (roundRow.reserved !== before.roundRow.reserved) {
    throw new Fault('conflict', say('no_gate_to_resume', { eventId: before.eventId }));
  }
  const resumes = before.roundRow.paused && !roundRow.paused;
  const { opensAtMs, needsApproval, stock } = before.roundRow;
  const reopens = roundRow.opensAtMs !== opensAtMs || roundRow.needsApproval !== needsApproval;
  if (roundRow.stock >= stock && !resumes && !reopens) return;
  const evidence = { ...(await readOpeningEvidence(tx, before.roundRow)), redisNowMs: nowMs };
  if (judgeMissingGate(before.roundRow, evidence, seedLeadMs) !== 'lost') return;
  if (resumes) {
    throw new Fault('gate_lost', say('lost_gate_resume', { eventId: before.eventId }));
  }
  if (reopens) {
    throw new Fault('gate_lost', say('lost_gate_reopen', { eventId: before.eventId }));
  }
  throw new Fault('gate_lost', say('lost_gate_stock', { eventId: before.eventId }));
}

/**
 * Refuses to resume if the gate would give serials again. That can happen if a worker that hung stored claims after a
 * lost gate was rebuilt.
 */
function refuseOldGate(gate: Gate, { eventId, strategy, roundRow }: EventRow, storedSerial: number): void {
  if (!gate.paused || roundRow.paused || !engineOf(strategy).repeatsSerials(gate, storedSerial)) return;
  throw new Fault('conflict', say('gate_behind_rows', { eventId, issued: gate.issued, stored: storedSerial }));
}

/**
 * After the commit, updates the gate from the row and clears its pending changes. If the stock of a retired round was
 * raised, rebuilds the round.
 */
export async function catchUp(stores: Stores, eventId: string): Promise<void> {
  try {
    await rebuildRound(stores, eventId);
    await syncGate(stores, eventId);
  } catch (err) {
    stores.log.warn(
      { event: 'gate_behind', eventId, err },
      'the gate could not be updated from the row; the sweep tries again',
    );
  }
}

/**
 * Makes the change in the gate alone, for when MySQL is down. The change stays pending in the gate until the sweep can
 * write the row.
 */
export async function changeGateAlone(
  stores: Stores,
  name: 'pause' | 'close',
  asked: AskedChange,
  { eventId, version: expected }: ChangeInput,
  cause: unknown,
): Promise<Gate> {
  for (let attempt = 1; ; attempt += 1) {
    const by = deciderOf(stores, eventId);
    // What this process confirms counts only if the process is on record in this Redis.
    if (by !== null && !stores.roster.mayPromise(by.runId)) await stores.roster.enter();
    const gate = await readGate(stores.redis.of(eventId).client, eventId).catch(() => null);
    if (gate === null || by === null) throw changeUnknown(cause);
    if (isPending(gate.pendingChanges, asked)) return confirmedInGate(stores, eventId, gate, by);
    refuseOtherVersion(gate.version, expected);
    if (gate.closed || (name === 'pause' && gate.paused)) return confirmedInGate(stores, eventId, gate, by);
    const pauses = name === 'pause';
    const version = gate.version + 1;
    const changed: Gate = { ...gate, version, paused: gate.paused || pauses, closed: !pauses };
    const round = pauses ? { paused: true } : { closedAtMs: asked.atMs };
    const change = { ...asked, version, info: {}, round };
    const reply = await configureGateWith(stores, eventId, changed, gate.pendingChanges, change);
    // Another change was faster, for example because two people pressed the same button. Make this change again, on top
    // of that one.
    if ((reply.kind === 'older' || reply.kind === 'uncarried') && attempt < gateAttemptsMax) continue;
    refuseByGate(reply);
    return confirmedInGate(stores, eventId, changed, by);
  }
}

/**
 * Confirms a change that only the gate has. The admin is about to learn of the change, so a promoted replica must have
 * it too. Throws `unavailable` if this Redis has been replaced: by then, this process has put its promises on record
 * without the change, and the new gate may continue without it.
 */
async function confirmedInGate(stores: Stores, eventId: string, gate: Gate, by: DecidedBy): Promise<Gate> {
  const { promises, acks } = stores;
  if (acks.wanted > 0) await acks.ofAll(by.link, eventId);
  if (isReplaced(stores, eventId, by)) throw new Fault('unavailable', say('change_unknown'));
  promises.noteVersion(eventId, gate.round, gate.version);
  return gate;
}

/** The Redis that decides an event now; null if that Redis is not connected. */
export function deciderOf({ redis }: Stores, eventId: string): DecidedBy | null {
  const link = redis.of(eventId);
  const runId = link.runId();
  return runId === undefined ? null : { link, runId };
}

/**
 * Records the version that is about to be confirmed to an admin, so that a replica that lacks it is recognized after a
 * failover. `by` is the Redis that decided the event when the change began. If `by` was replaced since, this process
 * may have put its promises on record without the change, so the change is brought to the new gate first. Throws
 * `unavailable` if that fails.
 */
export async function confirmVersion(
  stores: Stores,
  { eventId, round, version, strategy }: { eventId: string; round: number; version: number; strategy: StrategyName },
  by: DecidedBy | null,
): Promise<void> {
  stores.promises.noteVersion(eventId, round, version);
  if (by === null || !engineOf(strategy).persistsLater || !isReplaced(stores, eventId, by)) return;
  try {
    await stores.roster.enter();
    await syncGate(stores, eventId);
  } catch (err) {
    throw new Fault('unavailable', say('change_unknown'), { cause: err });
  }
}

/** Whether changes that this Redis decided must no longer be confirmed. */
function isReplaced(stores: Stores, eventId: string, by: DecidedBy): boolean {
  return !stores.roster.mayPromise(by.runId) || !stillDecides(stores, eventId, by);
}

/**
 * Makes a change in the gate, and adds it to the gate's pending changes. With `cutFrom`, the gate refuses the change if
 * the event is open.
 */
async function configureGateWith(
  { redis, acks }: Stores,
  eventId: string,
  config: GateConfig,
  pendingBefore: string,
  change: PendingChange,
  cutFrom: number | null = null,
): Promise<ConfigureReply> {
  try {
    const pendingChanges = addPendingChange(pendingBefore, change);
    const link = redis.of(eventId);
    const reply = await configureGate(link.client, eventId, config, { pendingBefore, pendingChanges, cutFrom });
    if (reply.kind === 'configured' && acks.wanted > 0) await acks.ofWrites(link);
    return reply;
  } catch (err) {
    throw asUnavailable(err, say('gate_change_unknown'));
  }
}

/** The gate that a change must reach. Throws `unavailable` if Redis can't say whether there is one. */
async function currentGate(stores: Stores, event: EventRow): Promise<Gate | null> {
  try {
    const gate = await engineOf(event.strategy).readGate(stores, event.eventId);
    return gate?.round === event.currentRound ? gate : null;
  } catch (err) {
    throw asUnavailable(err, say('redis_away_unchanged'));
  }
}

/** Throws `conflict` if the event is not at the expected version. */
export function refuseOtherVersion(version: number, expected: number | undefined): void {
  if (expected === undefined || expected === version) return;
  throw new Fault('conflict', say('other_version', { version, expected }));
}

function refuseByGate(reply: ConfigureReply): void {
  switch (reply.kind) {
    case 'configured':
    case 'no_gate':
      return;
    case 'below_issued':
      throw new Fault('conflict', say('stock_below_counter', { issued: reply.issued }));
    case 'open_cut':
      throw openCut(reply);
    case 'open':
      throw new Fault('conflict', say('opening_fixed'));
    case 'closed':
      throw new Fault('conflict', say('closed_meanwhile'));
    case 'not_next':
      throw new Fault('conflict', say('counter_differs', { issued: reply.issued }));
    case 'round':
    case 'older':
    case 'uncarried':
      throw new Fault('conflict', say('changed_meanwhile'));
  }
}

/** The fault for a change that MySQL did not answer. */
export const changeUnknown = (cause: unknown): Fault => asUnavailable(cause, say('change_unknown'));

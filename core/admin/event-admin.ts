import { randomBytes, randomUUID } from 'node:crypto';
import { auditable, auditChange } from '../audit-change.ts';
import { addToCarry, isCarried, type AskedChange, type CarriedChange } from '../carry.ts';
import { createCodeKey } from '../code.ts';
import type { AdminEventView, EventInfo, EventView, RoundConfig, StrategyName } from '../event.ts';
import { gateOf, viewOf } from '../events.ts';
import { gateView } from '../event-view.ts';
import { Fault, asUnavailable } from '../fault.ts';
import type { JobQueue } from '../jobs.ts';
import { judgeMissingGate } from '../missing-gate.ts';
import { inputHashOf, runOnce } from '../mysql/admin-requests.ts';
import { highestSerial, listClaims, listUserClaims, type ClaimRow } from '../mysql/claim-rows.ts';
import { findEvent, listEvents, roundConfig, type EventRow } from '../mysql/event-rows.ts';
import type { DbReader, DbTransaction } from '../mysql/open-db.ts';
import type { Actor, AdminClaim, ChangeInput, CreateEventInput, EventAdmin } from '../platform.ts';
import { rebuildRound } from '../rebuild-round.ts';
import { configureGate, type ConfigureReply } from '../redis/gate-scripts.ts';
import { readGate, type Gate } from '../redis/gate.ts';
import { gateProgress, roundProgress } from '../round-progress.ts';
import { seedRound } from '../seed-round.ts';
import type { Stores } from '../stores.ts';
import { surveyRound } from '../survey.ts';
import { adoptGate, eventInfo, lockEvent, syncGate, writeEvent } from '../sync-gate.ts';
import { checkChange, checkCreate, checkOpening, checkStrategy, checkTopUp, checkUpdate } from './check-input.ts';
import { closeEvent, pauseEvent, resumeEvent, topUpEvent, updateEvent, type Change } from './change-event.ts';

const claimsOfUserMax = 1_000;
/** How often a change in the gate alone is tried against others who change it at the same moment. */
const gateAttemptsMax = 5;

type ChangeName = 'update' | 'pause' | 'resume' | 'close' | 'top-up';

/** The functions behind both doors for admins, tRPC and CLI. */
export function createEventAdmin(stores: Stores, jobs: JobQueue, strategies: ReadonlySet<StrategyName>): EventAdmin {
  const { db, redis, clock, log, seedLeadMs } = stores;

  return {
    create: async (input, actor) => {
      checkCreate(input);
      checkStrategy(input.strategy, strategies);
      const { requestId, ...asked } = input;
      const askedAtMs = clock.nowMs();
      const eventId = await reachingMySql(() =>
        runOnce(db, { actor: actor.name, requestId, action: 'event.create', eventId: '', input: asked }, async (tx) => {
          // Here, so that a request that is repeated after its opening still gets its event.
          checkOpening(input.opensAtMs, askedAtMs);
          return insertEvent(tx, input, actor);
        }),
      );
      await prepareOpening(eventId);
      return view(await mustFind(eventId));
    },
    get: async (eventId) => view(await reachingMySql(() => mustFind(eventId))),
    list: async (page) => {
      const { events, nextCursor } = await reachingMySql(() => listEvents(db, page));
      return { events: await Promise.all(events.map(view)), nextCursor };
    },
    update: async (input, actor) => {
      checkUpdate(input);
      checkStrategy(input.strategy, strategies);
      return change('update', input, actor, updateEvent(input));
    },
    pause: (input, actor) => change('pause', input, actor, pauseEvent),
    resume: (input, actor) => change('resume', input, actor, resumeEvent),
    close: (input, actor) => change('close', input, actor, closeEvent),
    topUp: async (input, actor) => {
      checkTopUp(input);
      return change('top-up', input, actor, topUpEvent(input.add));
    },
    findClaims: async (query) => {
      const rows = await reachingMySql(() => listUserClaims(db, { ...query, limit: claimsOfUserMax }));
      return rows.map(adminClaim);
    },
    listClaims: async ({ eventId, round, afterSerial, limit }) =>
      reachingMySql(async () => {
        const event = await mustFind(eventId);
        const rows = await listClaims(db, { eventId, round: round ?? event.currentRound, afterSerial, limit });
        return rows.map(adminClaim);
      }),
  };

  async function insertEvent(tx: DbTransaction, input: CreateEventInput, actor: Actor): Promise<string> {
    const eventId = `ev_${randomBytes(9).toString('base64url')}`;
    const { name, description, currency, strategy, listed, timeZone = null, closesAtMs = null } = input;
    const now = new Date(clock.nowMs());
    await tx.event.create({
      data: {
        id: eventId,
        ...{ name, description, currency, strategy, listed, timeZone },
        amount: BigInt(input.amount),
        round: 1,
        version: 1,
        createdAt: now,
        updatedAt: now,
      },
      select: { id: true },
    });
    await tx.round.create({
      data: {
        eventId,
        round: 1,
        stock: input.stock,
        opensAt: new Date(input.opensAtMs),
        closesAt: closesAtMs === null ? null : new Date(closesAtMs),
        paused: false,
        codeKey: new Uint8Array(createCodeKey()),
        createdAt: now,
      },
      select: { round: true },
    });
    const { name: by, role, door, reason = null } = actor;
    const asked = { action: 'event.create', actor: by, role, door, reason, requestId: input.requestId ?? null };
    await auditChange(tx, { ...asked, atMs: now.getTime() }, null, await mustFind(eventId, tx));
    return eventId;
  }

  /** Seeds at once when the opening is near, otherwise leaves it to a job; the sweep is the net for both. */
  async function prepareOpening(eventId: string): Promise<void> {
    const event = await mustFind(eventId);
    const { opensAtMs, closesAtMs, seededAtMs, closedAtMs } = event.roundRow;
    const job = { eventId, round: event.currentRound };
    const nowMs = clock.nowMs();
    try {
      if (seededAtMs === null && closedAtMs === null) {
        if (opensAtMs - nowMs <= seedLeadMs) await seedRound(stores, eventId, event.currentRound);
        else await jobs.scheduleSeed(job, opensAtMs, opensAtMs - seedLeadMs - nowMs);
      }
      if (closesAtMs !== null && closedAtMs === null) await jobs.scheduleFinish(job, closesAtMs, closesAtMs - nowMs);
    } catch (err) {
      log.warn(
        { event: 'opening_not_prepared', eventId, err },
        'Redis could not be told of an event; the sweep tells it',
      );
    }
  }

  async function change(name: ChangeName, input: ChangeInput, actor: Actor, decide: Change): Promise<AdminEventView> {
    checkChange(input);
    const { eventId, requestId = randomUUID(), version: _version, ...wanted } = input;
    const request = { actor: actor.name, requestId, action: `event.${name}`, eventId, input: { ...wanted, eventId } };
    const { role, door, reason = null } = actor;
    const asked: AskedChange = {
      ...{ action: request.action, actor: actor.name, role, door, reason },
      ...{ requestId, inputHash: inputHashOf(request), atMs: clock.nowMs() },
    };
    let gateIsBehind: boolean;
    try {
      gateIsBehind = await runOnce(db, request, (tx) => changeLocked(tx, asked, input, decide));
    } catch (err) {
      if (err instanceof Fault && err.code !== 'unavailable') throw err;
      log.warn({ event: 'change_failed', eventId, action: name, err }, 'a change of an event met an unreachable store');
      if (name === 'pause' || name === 'close') return changeGateAlone(name, asked, input, err);
      throw asUnavailable(
        err,
        'The change may not be stored: MySQL is unreachable. Ask again with the same requestId.',
      );
    }
    if (gateIsBehind) await catchUp(eventId);
    return reachingMySql(async () => {
      await prepareOpening(eventId);
      return view(await mustFind(eventId));
    });
  }

  /**
   * One change at a time an event: the row is locked while the gate is told. A stock above the row's is told to the gate
   * after the commit, so that MySQL never refuses a serial that the gate gave; everything else is told before, because
   * only the gate can say whether it still may be changed. The gate carries what it is told until MySQL has it, so
   * whoever dies between the two leaves a change that the sweep, or the next change, completes. Resolves to whether the
   * gate has to hear of the commit.
   */
  async function changeLocked(
    tx: DbTransaction,
    asked: AskedChange,
    { eventId, version }: ChangeInput,
    decide: Change,
  ): Promise<boolean> {
    const nowMs = clock.nowMs();
    const row = await lockEvent(tx, eventId);
    const gate = row.roundRow.seededAtMs === null ? null : await currentGate(row);
    const before = gate === null ? row : await adoptGate(tx, row, gate, nowMs);
    // Asked for before, by somebody who lost MySQL in the middle: the row has just got it.
    if (gate !== null && isCarried(gate.carry, asked)) return true;
    refuseOtherVersion(before.version, version);
    const issued = Math.max(gate?.issued ?? 0, await highestSerial(tx, eventId, row.currentRound));
    const decided = decide(before, { nowMs, issued });
    if (gate === null) refuseLoweringLost(before, decided, nowMs);
    if (sameEvent(before, decided)) return gate !== null;

    const raises = decided.roundRow.stock > row.roundRow.stock;
    const stock = Math.min(decided.roundRow.stock, row.roundRow.stock);
    const first: EventRow = { ...decided, version: before.version + 1, roundRow: { ...decided.roundRow, stock } };
    const onlyRaises = raises && sameEvent({ ...before, version: first.version }, first);
    if (gate !== null && !onlyRaises) {
      const config = { ...roundConfig(first), info: eventInfo(first) };
      const change = { ...asked, version: first.version, ...difference(before, decided) };
      refuseByGate(await tellGate(eventId, config, gate.carry, change));
    }
    const after: EventRow = { ...decided, version: first.version + (raises && !onlyRaises ? 1 : 0) };
    await writeEvent(tx, row, after, nowMs);
    await auditChange(tx, asked, before, after);
    return gate !== null || raises;
  }

  /** Without its gate, nobody knows which serials a lost round's outbox still has for MySQL. */
  function refuseLoweringLost(before: EventRow, { roundRow }: EventRow, nowMs: number): void {
    if (roundRow.stock >= before.roundRow.stock) return;
    if (judgeMissingGate(before.roundRow, nowMs, seedLeadMs) !== 'lost') return;
    throw new Fault(
      'gate_lost',
      `The stock of ${before.eventId} can't be lowered: its gate is lost, and so is the count of what is issued. Repair the event first; until then it can be paused, closed and topped up.`,
    );
  }

  /** After the commit: the gate follows the row and carries nothing more; a raised round that is retired comes back. */
  async function catchUp(eventId: string): Promise<void> {
    try {
      await rebuildRound(stores, eventId);
      await syncGate(stores, eventId);
    } catch (err) {
      log.warn({ event: 'gate_behind', eventId, err }, 'the gate could not follow the row yet; the sweep tries again');
    }
  }

  /** While MySQL is down: the gate takes the change and carries it until the sweep can write the row. */
  async function changeGateAlone(
    name: 'pause' | 'close',
    asked: AskedChange,
    { eventId, version: expected }: ChangeInput,
    cause: unknown,
  ): Promise<AdminEventView> {
    for (let attempt = 1; ; attempt += 1) {
      const gate = await readGate(redis.client, eventId).catch(() => null);
      if (gate === null)
        throw asUnavailable(cause, 'MySQL is unreachable and the event has no gate: nothing was changed.');
      if (isCarried(gate.carry, asked)) return gateAlone(eventId, gate);
      refuseOtherVersion(gate.version, expected);
      if (gate.closed || (name === 'pause' && gate.paused)) return gateAlone(eventId, gate);
      const pauses = name === 'pause';
      const version = gate.version + 1;
      const changed: Gate = { ...gate, version, paused: gate.paused || pauses, closed: !pauses };
      const round = pauses ? { paused: true } : { closedAtMs: asked.atMs };
      const change = { ...asked, version, info: {}, round };
      const reply = await tellGate(eventId, changed, gate.carry, change);
      // Somebody was quicker, as when two people press the same button: what is left to do depends on what they did.
      if ((reply.kind === 'older' || reply.kind === 'uncarried') && attempt < gateAttemptsMax) continue;
      refuseByGate(reply);
      return gateAlone(eventId, changed);
    }
  }

  async function gateAlone(eventId: string, gate: Gate): Promise<AdminEventView> {
    return {
      ...gateView(eventId, gate),
      ...(await gateProgress(stores, eventId, gate)),
      seeded: true,
      gateLost: false,
    };
  }

  /** Tells the gate of a change, to be carried on top of what it carries already. */
  async function tellGate(
    eventId: string,
    config: RoundConfig & { info: EventInfo },
    carriedBefore: string,
    change: CarriedChange,
  ): Promise<ConfigureReply> {
    try {
      const carry = addToCarry(carriedBefore, change);
      return await configureGate(redis.client, eventId, config, { carriedBefore, carry });
    } catch (err) {
      throw asUnavailable(err, 'Redis did not answer: whether the event is changed is unknown. Ask again, it is safe.');
    }
  }

  /** The gate that a change has to be told to. Throws `unavailable` when Redis can't say whether there is one. */
  async function currentGate(event: EventRow): Promise<Gate | null> {
    try {
      const gate = await readGate(redis.client, event.eventId);
      return gate?.round === event.currentRound ? gate : null;
    } catch (err) {
      throw asUnavailable(
        err,
        'Redis is unreachable, and the event is seeded: nothing was changed. Try again shortly.',
      );
    }
  }

  async function view(event: EventRow): Promise<AdminEventView> {
    const gate = await gateOf(stores, event);
    const [seen, progress, gateLost] = await Promise.all([
      viewOf(stores, event, gate),
      roundProgress(stores, event, gate),
      surveyRound(stores, event).then(
        ({ lost }) => lost,
        () => null,
      ),
    ]);
    return withRowVersion(seen, event, { ...progress, seeded: gate !== null, gateLost });
  }

  async function mustFind(eventId: string, reader: DbReader = db): Promise<EventRow> {
    const event = await findEvent(reader, eventId);
    if (event === null) throw new Fault('not_found', `There is no event ${eventId}.`);
    return event;
  }
}

/** The counts come from the gate, and so does a pause that is only there; a newer row says the rest. */
function withRowVersion(
  seen: EventView,
  event: EventRow,
  counts: Pick<AdminEventView, 'persisted' | 'outbox' | 'seeded' | 'gateLost'>,
): AdminEventView {
  if (event.version <= seen.version) return { ...seen, ...counts };
  return { ...seen, ...eventInfo(event), ...roundConfig(event), ...counts };
}

function refuseOtherVersion(version: number, expected: number | undefined): void {
  if (expected === undefined || expected === version) return;
  throw new Fault(
    'conflict',
    `The event is at version ${version}, not ${expected}: somebody changed it. Read it again.`,
  );
}

/** The fields that a change gives another value. */
function difference(before: EventRow, after: EventRow): Pick<CarriedChange, 'info' | 'round'> {
  const round = ({ roundRow: { stock, opensAtMs, closesAtMs, paused, closedAtMs } }: EventRow) => ({
    ...{ stock, opensAtMs, closesAtMs, paused, closedAtMs },
  });
  return { info: changed(eventInfo(before), eventInfo(after)), round: changed(round(before), round(after)) };
}

function changed<Fields extends object>(before: Fields, after: Fields): Partial<Fields> {
  const entries = Object.entries(after).filter(([field, value]) => before[field as keyof Fields] !== value);
  return Object.fromEntries(entries) as Partial<Fields>;
}

function sameEvent(a: EventRow, b: EventRow): boolean {
  return JSON.stringify(auditable(a)) === JSON.stringify(auditable(b));
}

function refuseByGate(reply: ConfigureReply): void {
  switch (reply.kind) {
    case 'configured':
    case 'no_gate':
      return;
    case 'below_issued':
      throw new Fault('conflict', `The stock can't be that low: ${reply.issued} are issued already.`);
    case 'open':
      throw new Fault('conflict', 'The opening time is fixed once the event is open.');
    case 'closed':
      throw new Fault('conflict', 'The event is closed, which is final for its round.');
    case 'round':
    case 'older':
    case 'uncarried':
      throw new Fault('conflict', 'Somebody changed the event at the same time. Read it again, then try again.');
  }
}

function adminClaim(row: ClaimRow): AdminClaim {
  const { serial, code, claimedAtMs, round, eventId, userId, persistedAtMs } = row;
  return { ...{ serial, code, claimedAtMs, round, eventId, userId, persistedAtMs }, state: 'persisted' };
}

async function reachingMySql<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    throw asUnavailable(err, 'MySQL is unreachable. Try again shortly; with the same requestId nothing is done twice.');
  }
}

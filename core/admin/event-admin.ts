import { randomBytes } from 'node:crypto';
import { addToCarry, parseCarry, type CarriedChange } from '../carry.ts';
import { createCodeKey } from '../code.ts';
import type { AdminEventView, EventInfo, EventView, RoundConfig, StrategyName } from '../event.ts';
import { gateOf, viewOf } from '../events.ts';
import { gateView } from '../event-view.ts';
import { Fault, asUnavailable } from '../fault.ts';
import type { JobQueue } from '../jobs.ts';
import { runOnce } from '../mysql/admin-requests.ts';
import { appendAudit } from '../mysql/audit-rows.ts';
import { highestSerial, listClaims, listUserClaims, type ClaimRow } from '../mysql/claim-rows.ts';
import { findEvent, listEvents, roundConfig, type EventRow } from '../mysql/event-rows.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import type { Actor, AdminClaim, ChangeInput, CreateEventInput, EventAdmin } from '../platform.ts';
import { rebuildRound } from '../rebuild-round.ts';
import { configureGate, type ConfigureReply } from '../redis/gate-scripts.ts';
import { readGate, type Gate } from '../redis/gate.ts';
import { gateProgress, roundProgress } from '../round-progress.ts';
import { seedRound } from '../seed-round.ts';
import type { Stores } from '../stores.ts';
import { adoptGate, eventInfo, lockEvent, syncGate, writeEvent } from '../sync-gate.ts';
import { checkChange, checkCreate, checkOpening, checkStrategy, checkTopUp, checkUpdate } from './check-input.ts';
import { closeEvent, pauseEvent, resumeEvent, topUpEvent, updateEvent, type Change } from './change-event.ts';

const claimsOfUserMax = 1_000;
/** How often a change in the gate alone is tried against others who change it at the same moment. */
const gateAttemptsMax = 5;

type ChangeName = 'update' | 'pause' | 'resume' | 'close' | 'top-up';

/** What a change leaves behind: the event after it, and whether its gate has to be told or rebuilt. */
type Changed = { event: EventRow; behind: boolean };

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
    const event = await findEvent(tx, eventId);
    await audit(tx, 'create', actor, input.requestId, null, event);
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
    const { eventId, requestId, version: _version, ...asked } = input;
    /** The version that this change has given the gate, should MySQL be lost afterwards. */
    let toldVersion: number | null = null;
    try {
      const request = { actor: actor.name, requestId, action: `event.${name}`, eventId, input: { ...asked, eventId } };
      const behind = await runOnce(db, request, async (tx) => {
        const changed = await changeLocked(tx, name, input, actor, decide, (version) => (toldVersion = version));
        return changed.behind;
      });
      if (behind) await catchUp(eventId);
      await prepareOpening(eventId);
      return await view(await mustFind(eventId));
    } catch (err) {
      if (err instanceof Fault && err.code !== 'unavailable') throw err;
      log.warn({ event: 'change_failed', eventId, action: name, err }, 'a change of an event met an unreachable store');
      if (name === 'pause' || name === 'close') return changeGateAlone(name, input, actor, { toldVersion, cause: err });
      throw asUnavailable(
        err,
        'The change may not be stored: MySQL is unreachable. Ask again with the same requestId.',
      );
    }
  }

  /**
   * One change at a time an event: the row is locked while the gate is told. Whoever dies between the two leaves
   * different versions behind, and the sweep makes them agree. A stock above the row's is told to the gate after the
   * commit, so that MySQL never refuses a serial that the gate gave; everything else is told before, because only the
   * gate can say whether it still may be changed.
   */
  async function changeLocked(
    tx: DbTransaction,
    name: ChangeName,
    input: ChangeInput,
    actor: Actor,
    decide: Change,
    onTold: (version: number) => void,
  ): Promise<Changed> {
    const { eventId, version, requestId } = input;
    const nowMs = clock.nowMs();
    const row = await lockEvent(tx, eventId);
    const gate = row.roundRow.seededAtMs === null ? null : await currentGate(row);
    const before = gate === null ? row : await adoptGate(tx, row, gate, nowMs);
    if (version !== undefined && version !== before.version) {
      throw new Fault(
        'conflict',
        `The event is at version ${before.version}, not ${version}: somebody changed it. Read it again.`,
      );
    }
    const issued = gate?.issued ?? (await highestSerial(tx, eventId, row.currentRound));
    const decided = decide(before, { nowMs, issued });
    if (sameEvent(before, decided)) return { event: before, behind: gate !== null && before.version > gate.version };

    const raises = decided.roundRow.stock > row.roundRow.stock;
    const stock = Math.min(decided.roundRow.stock, row.roundRow.stock);
    const first: EventRow = { ...decided, version: before.version + 1, roundRow: { ...decided.roundRow, stock } };
    const onlyRaises = raises && sameEvent({ ...before, version: first.version }, first);
    if (gate !== null && !onlyRaises) {
      const config = { ...roundConfig(first), info: eventInfo(first) };
      refuseByGate(await tellGate(eventId, config, { carriedBefore: gate.carry, carry: '' }));
      onTold(first.version);
    }
    const after: EventRow = { ...decided, version: first.version + (raises && !onlyRaises ? 1 : 0) };
    await writeEvent(tx, after, nowMs);
    if (raises && row.roundRow.retiredAtMs !== null) {
      await tx.round.update({
        where: { eventId_round: { eventId, round: row.currentRound } },
        data: { rebuildingAt: new Date(nowMs) },
        select: { round: true },
      });
    }
    await audit(tx, name, actor, requestId, before, after);
    return { event: after, behind: raises };
  }

  /** After the commit: the gate follows the row, or the round comes back into Redis. The sweep is the net. */
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
    action: CarriedChange['action'],
    { eventId, version, requestId }: ChangeInput,
    actor: Actor,
    { toldVersion, cause }: { toldVersion: number | null; cause: unknown },
  ): Promise<AdminEventView> {
    const isThisRequest = (change: CarriedChange): boolean =>
      change.action === action && change.actor === actor.name && change.requestId === requestId;
    for (let attempt = 1; ; attempt += 1) {
      const gate = await readGate(redis.client, eventId).catch(() => null);
      if (gate === null)
        throw asUnavailable(cause, 'MySQL is unreachable and the event has no gate: nothing was changed.');
      // Asked for before, or by this very call until MySQL was lost: then the version has moved because of it.
      if (gate.version === toldVersion || parseCarry(gate.carry).some(isThisRequest)) return gateAlone(eventId, gate);
      if (version !== undefined && version !== gate.version) {
        throw new Fault(
          'conflict',
          `The event is at version ${gate.version}, not ${version}: somebody changed it. Read it again.`,
        );
      }
      if ((action === 'pause' ? gate.paused : gate.closed) || gate.closed) return gateAlone(eventId, gate);
      const { name, role, door, reason } = actor;
      const change = {
        action,
        actor: name,
        role,
        door,
        reason: reason ?? null,
        requestId: requestId ?? null,
        atMs: clock.nowMs(),
      };
      const changed: Gate = {
        ...gate,
        version: gate.version + 1,
        paused: gate.paused || action === 'pause',
        closed: gate.closed || action === 'close',
        carry: addToCarry(gate.carry, change),
      };
      const reply = await tellGate(eventId, changed, { carriedBefore: gate.carry, carry: changed.carry });
      // Somebody was quicker, as when two people press the same button: what is left to do depends on what they did.
      if ((reply.kind === 'older' || reply.kind === 'uncarried') && attempt < gateAttemptsMax) continue;
      refuseByGate(reply);
      return gateAlone(eventId, changed);
    }
  }

  async function gateAlone(eventId: string, gate: Gate): Promise<AdminEventView> {
    return { ...gateView(eventId, gate), ...(await gateProgress(stores, eventId, gate)), seeded: true };
  }

  async function tellGate(
    eventId: string,
    config: RoundConfig & { info: EventInfo },
    carried: { carriedBefore: string; carry: string },
  ): Promise<ConfigureReply> {
    try {
      return await configureGate(redis.client, eventId, config, carried);
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
    const [seen, progress] = await Promise.all([viewOf(stores, event, gate), roundProgress(stores, event, gate)]);
    return withRowVersion(seen, event, { ...progress, seeded: gate !== null });
  }

  async function mustFind(eventId: string): Promise<EventRow> {
    const event = await findEvent(db, eventId);
    if (event === null) throw new Fault('not_found', `There is no event ${eventId}.`);
    return event;
  }

  async function audit(
    tx: DbTransaction,
    action: ChangeName | 'create',
    actor: Actor,
    requestId: string | undefined,
    before: EventRow | null,
    after: EventRow | null,
  ): Promise<void> {
    const { name, role, door, reason } = actor;
    await appendAudit(
      tx,
      {
        ...{ actor: name, role, door, action: `event.${action}`, reason: reason ?? null },
        eventId: after?.eventId ?? null,
        round: after?.currentRound ?? null,
        requestId: requestId ?? null,
        before: before && auditable(before),
        after: after && auditable(after),
      },
      clock.nowMs(),
    );
  }
}

/** The counts come from the gate, and so does a pause that is only there; a newer row says the rest. */
function withRowVersion(
  seen: EventView,
  event: EventRow,
  counts: { persisted: number; outbox: number | null; seeded: boolean },
): AdminEventView {
  if (event.version <= seen.version) return { ...seen, ...counts };
  return { ...seen, ...eventInfo(event), ...roundConfig(event), ...counts };
}

/** What may be seen of an event in the audit trail: never the code key. */
function auditable(event: EventRow): Record<string, unknown> {
  const { closesAtMs, opensAtMs, ...config } = roundConfig(event);
  const { strategy } = event;
  const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  return { ...eventInfo(event), ...config, strategy, opensAt: iso(opensAtMs), closesAt: iso(closesAtMs) };
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

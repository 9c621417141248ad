import { randomUUID } from 'node:crypto';
import { say } from '../messages/message.ts';
import type { Actor } from '../access/actor.ts';
import type { CodeRules } from '../access/shown-codes.ts';
import type {
  ApproveInput,
  ChangeInput,
  CreateEventInput,
  ResetInput,
  ResumeInput,
  TopUpInput,
  UpdateEventInput,
} from '../changes/inputs.ts';
import { inputHashOf, runOnce, type AdminRequest } from '../events/admin-requests.ts';
import { refuseBadFields } from '../events/bad-fields.ts';
import { listEvents } from '../events/event-rows.ts';
import type { StrategyName } from '../events/event.ts';
import { mustFind } from '../events/must-find.ts';
import type { AskedChange } from '../events/pending-changes.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { eventReadiness } from '../readiness/event-readiness.ts';
import { reconcileEvent } from '../reconcile/reconcile-event.ts';
import type { Reconciled, ReconcileInput, ReconcileOptions } from '../reconcile/report.ts';
import { seedRound } from '../rounds/seed-round.ts';
import { Fault, asUnavailable } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import { adminGateView, adminView } from '../views/admin-view.ts';
import { type EventSearch, type FoundEvents, searchEvents } from '../views/event-search.ts';
import type { AdminEventView } from '../views/event-view.ts';
import { type ApiKeyAdmin, createApiKeyAdmin } from './api-key-admin.ts';
import { type AuditTrail, createAuditTrail } from './audit-trail.ts';
import { type ClaimAdmin, createClaimAdmin } from './claim-admin.ts';
import { createFaultAdmin, type FaultAdmin } from './fault-admin.ts';
import { createMetricsExport, type MetricsExport } from './metrics-export.ts';
import { createSaleReader, type SaleReader } from './sale-reader.ts';

import { approveEvent, withApproval, type ApprovalLimits } from '../changes/approval.ts';
import { closeEvent, pauseEvent, resumeEvent, topUpEvent, updateEvent, type Change } from '../changes/change-event.ts';
import {
  checkChange,
  checkCreate,
  checkEventId,
  checkReset,
  checkResume,
  checkStrategy,
  checkTopUp,
  checkUpdate,
} from './check-input.ts';
import { openingIssues } from '../changes/change-rules.ts';
import {
  confirmVersion,
  deciderOf,
  catchUp,
  changeGateAlone,
  changeLocked,
  changeUnknown,
  lockAdopted,
  type ConfirmableChange,
} from '../changes/event-changes.ts';
import { findMakers } from '../changes/event-makers.ts';
import { insertEvent } from '../changes/insert-event.ts';
import { followReset, resetLocked } from '../changes/reset-event.ts';

/**
 * How admins manage events. Every change writes an audit row. Faults: `not_found`, `conflict`, `bad_request`, `busy`,
 * `unavailable`, `gate_lost`.
 */
export interface EventAdmin extends ClaimAdmin, FaultAdmin, AuditTrail, MetricsExport, SaleReader, ApiKeyAdmin {
  create(input: CreateEventInput, actor: Actor): Promise<AdminEventView>;
  get(eventId: string): Promise<AdminEventView>;
  /** All events, newest first. `cursor` is the `nextCursor` of the previous page. */
  list(page: {
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ events: AdminEventView[]; nextCursor: string | null }>;
  /** A page of the events that match, and how many match in all. */
  search(query: EventSearch): Promise<FoundEvents>;
  update(input: UpdateEventInput, actor: Actor): Promise<AdminEventView>;
  pause(input: ChangeInput, actor: Actor): Promise<AdminEventView>;
  resume(input: ResumeInput, actor: Actor): Promise<AdminEventView>;
  close(input: ChangeInput, actor: Actor): Promise<AdminEventView>;
  topUp(input: TopUpInput, actor: Actor): Promise<AdminEventView>;
  /**
   * Approves an event that needs approval, at the given version. Throws `conflict` if the opening time has passed, or
   * if the actor ever created or changed the event, in person or through an API key.
   */
  approve(input: ApproveInput, actor: Actor): Promise<AdminEventView>;
  /**
   * Begins the event's next round, in any phase and even if its gate is lost. Nobody has a claim in the new round;
   * claims of earlier rounds stay. The event is paused after the reset, unless the input sets a new opening time in the
   * future.
   */
  reset(input: ResetInput, actor: Actor): Promise<AdminEventView>;
  /** Compares Redis with MySQL, and repairs if asked. See `reconcileEvent`. */
  reconcile(input: ReconcileInput, actor: Actor, options?: ReconcileOptions): Promise<Reconciled>;
}

type ChangeName = 'update' | 'pause' | 'resume' | 'close' | 'top-up' | 'approve';

type EventAdminOptions = {
  strategies: ReadonlySet<StrategyName>;
  /** An event above these limits needs another admin's approval. */
  approvals: ApprovalLimits;
  codes: CodeRules;
};

type AdminContext = EventAdminOptions & { stores: Stores; jobs: JobQueue };

/** Opens the functions behind the API's admin procedures. */
export function createEventAdmin(stores: Stores, jobs: JobQueue, options: EventAdminOptions): EventAdmin {
  const { db } = stores;
  const { strategies, codes } = options;
  const context: AdminContext = { stores, jobs, ...options };
  const change = (name: ChangeName, input: ConfirmableChange, actor: Actor, decide: Change): Promise<AdminEventView> =>
    changeAsSeen(context, name, input, actor, () => Promise.resolve(decide));

  return {
    create: (input, actor) => create(context, input, actor),
    get: async (eventId) => {
      checkEventId(eventId);
      const event = await reachingMySql(() => mustFind(stores, eventId));
      const [view, readiness] = await Promise.all([adminView(stores, event), eventReadiness(stores, event)]);
      return { ...view, readiness };
    },
    list: async (page) => {
      const { events, nextCursor } = await reachingMySql(() => listEvents(db, page));
      return { events: await Promise.all(events.map((event) => adminView(stores, event))), nextCursor };
    },
    search: (query) => reachingMySql(() => searchEvents(stores, query)),
    update: async (input, actor) => {
      checkUpdate(input);
      checkStrategy(input.strategy, strategies);
      return change('update', input, actor, updateEvent(input));
    },
    pause: (input, actor) => change('pause', input, actor, pauseEvent),
    resume: async (input, actor) => {
      checkResume(input);
      return change('resume', input, actor, resumeEvent(input.fromSerial));
    },
    close: (input, actor) => change('close', input, actor, closeEvent),
    topUp: async (input, actor) => {
      checkTopUp(input);
      return change('top-up', input, actor, topUpEvent(input.add));
    },
    approve: async (input, actor) => {
      if (input.version === undefined) throw new Error('An approval must name the version that it approves.');
      return changeAsSeen(context, 'approve', input, actor, async (tx) => {
        // The lock prevents other changes until the approval is stored. `lockAdopted` also writes to the audit trail
        // the changes that only the gate has, so that `findMakers` finds their authors too.
        await lockAdopted(stores, tx, input.eventId);
        return approveEvent(actor.name, await findMakers(tx, input.eventId));
      });
    },
    reset: (input, actor) => reset(context, input, actor),
    reconcile: async (input, actor, options) => {
      checkEventId(input.eventId);
      return reconcileEvent(stores, input, actor, options);
    },
    ...createClaimAdmin(stores, codes),
    ...createFaultAdmin(stores, codes),
    ...createAuditTrail(db, codes),
    ...createApiKeyAdmin(stores),
    ...createMetricsExport(stores),
    ...createSaleReader(stores),
  };
}

async function create(context: AdminContext, input: CreateEventInput, actor: Actor): Promise<AdminEventView> {
  const { db, clock } = context.stores;
  checkCreate(input);
  checkStrategy(input.strategy, context.strategies);
  const { requestId, ...asked } = input;
  const askedAtMs = clock.nowMs();
  const request = { actor: actor.name, requestId, action: 'event.create', eventId: '', input: asked };
  const eventId = await reachingMySql(() =>
    runOnce(db, request, async (tx) => {
      // Checked inside `runOnce`, so that a request repeated after the opening still gets the event that it made.
      refuseBadFields(openingIssues(input.opensAtMs, askedAtMs));
      return insertEvent(tx, input, actor, context.approvals, clock.nowMs());
    }),
  );
  return viewPrepared(context, eventId);
}

/**
 * Seeds the round at once if its opening is near; otherwise schedules a job that seeds it. If either fails, the sweep
 * seeds the round later.
 */
async function prepareOpening({ stores, jobs }: AdminContext, eventId: string): Promise<void> {
  const { clock, log, seedLeadMs } = stores;
  const event = await mustFind(stores, eventId);
  const { opensAtMs, closesAtMs, seededAtMs, closedAtMs, needsApproval } = event.roundRow;
  const job = { eventId, round: event.currentRound };
  const nowMs = clock.nowMs();
  try {
    // The round of a reset is seeded at once, however far away its opening is, because its gate replaces the previous
    // round's gate.
    const isReset = event.currentRound > 1;
    if (seededAtMs === null && (isReset || (closedAtMs === null && !needsApproval))) {
      if (isReset || opensAtMs - nowMs <= seedLeadMs) await seedRound(stores, eventId, event.currentRound);
      else await jobs.scheduleSeed(job, opensAtMs, opensAtMs - seedLeadMs - nowMs);
    }
    if (closesAtMs !== null && closedAtMs === null) await jobs.scheduleFinish(job, closesAtMs, closesAtMs - nowMs);
  } catch (err) {
    log.warn(
      { event: 'opening_not_prepared', eventId, err },
      'Redis could not be updated for an event; the sweep will do it',
    );
  }
}

/** Makes a change that depends on something read in the same transaction. */
async function changeAsSeen(
  context: AdminContext,
  name: ChangeName,
  input: ConfirmableChange,
  actor: Actor,
  decideIn: (tx: DbTransaction) => Promise<Change>,
): Promise<AdminEventView> {
  checkChange(input);
  const { stores, approvals } = context;
  const { eventId } = input;
  const { request, asked } = ask(stores, name, input, actor);
  const by = deciderOf(stores, eventId);
  let gateIsBehind: boolean;
  try {
    gateIsBehind = await runOnce(stores.db, request, async (tx) => {
      const guarded = withApproval(await decideIn(tx), approvals, actor.name);
      return changeLocked(stores, tx, asked, input, guarded);
    });
  } catch (err) {
    if (err instanceof Fault && err.code !== 'unavailable') throw err;
    const failed = { event: 'change_failed', eventId, action: name, err };
    stores.log.warn(failed, 'a change of an event failed: a store did not answer');
    if (name !== 'pause' && name !== 'close') throw changeUnknown(err);
    return adminGateView(stores, eventId, await changeGateAlone(stores, name, asked, input, err));
  }
  if (gateIsBehind) await catchUp(stores, eventId);
  const view = await reachingMySql(() => viewPrepared(context, eventId));
  await confirmVersion(stores, view, by);
  return view;
}

async function reset(context: AdminContext, input: ResetInput, actor: Actor): Promise<AdminEventView> {
  checkChange(input);
  checkReset(input);
  const { stores, approvals } = context;
  const { eventId } = input;
  const { request, asked } = ask(stores, 'reset', input, actor);
  const by = deciderOf(stores, eventId);
  return reachingMySql(async () => {
    await runOnce(stores.db, request, (tx) => resetLocked(stores, tx, asked, input, approvals));
    await followReset(stores, eventId);
    const view = await viewPrepared(context, eventId);
    await confirmVersion(stores, view, by);
    return view;
  });
}

/** The change in the two forms in which it is recorded: for `runOnce`, and for the gate and the audit trail. */
function ask(
  { clock }: Stores,
  name: ChangeName | 'reset',
  input: ChangeInput,
  actor: Actor,
): { request: AdminRequest; asked: AskedChange } {
  const { eventId, requestId = randomUUID(), version: _version, ...wanted } = input;
  const action = `event.${name}`;
  const request = { actor: actor.name, requestId, action, eventId, input: { ...wanted, eventId } };
  const { role, keyId = null, door, reason = null } = actor;
  const asked: AskedChange = {
    ...{ action, actor: actor.name, role, keyId, door, reason },
    ...{ requestId, inputHash: inputHashOf(request), atMs: clock.nowMs() },
  };
  return { request, asked };
}

/** Prepares an event's opening, then returns the event. */
async function viewPrepared(context: AdminContext, eventId: string): Promise<AdminEventView> {
  await prepareOpening(context, eventId);
  return adminView(context.stores, await mustFind(context.stores, eventId));
}

async function reachingMySql<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    throw asUnavailable(err, say('events_unreachable'));
  }
}

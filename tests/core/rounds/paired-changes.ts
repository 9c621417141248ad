import type { Actor } from '../../../core/access/actor.ts';
import { createEventAdmin, type EventAdmin } from '../../../core/admin/event-admin.ts';
import { noLimits } from '../../../core/changes/approval.ts';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import { realStrategyNames, type StrategyName } from '../../../core/events/event.ts';
import type { Platform } from '../../../core/platform.ts';
import { retireRound } from '../../../core/rounds/finish-round.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { steppedStores, type Moment, type StepHook } from '../../support/dying-stores.ts';
import { tester } from '../../support/lab.ts';

export const changeNames = ['topUp', 'reset', 'repair', 'approve', 'update', 'retire'] as const;
export type ChangeName = (typeof changeNames)[number];

/** An event with more stock than this needs an approval. */
export const stockLimit = 4;
export const approver: Actor = { ...tester, name: 'ann' };

export type Wanted = {
  name: ChangeName;
  eventId: string;
  version: number;
  requestId: string;
  /** Whether the process that makes the change applies the approval limit. */
  limited: boolean;
  update: { name?: string; stock?: number; opensAtMs?: number };
};

/** The outcome of a change. `unknown` means that nobody received an answer. */
export type Described = { kind: 'done' | 'refused' | 'unknown'; detail: string };

/** The outcomes of a change that one process made. The process may have been killed midway. */
export type Changing = { told: Described; steps: number };

export async function makeChange(
  { stores, jobs }: Platform,
  wanted: Wanted,
  hooks: { before: StepHook; after: StepHook },
): Promise<Changing> {
  const hurt = steppedStores(stores, hooks);
  const approvals = wanted.limited ? { amount: null, stock: stockLimit } : noLimits;
  const admin = createEventAdmin(hurt.stores, jobs, {
    ...{ strategies: new Set(realStrategyNames), approvals },
    codes: { viewerSeesCodes: false },
  });
  let told: Described;
  try {
    const detail = await perform(wanted, admin, hurt.stores);
    told = { kind: hurt.died() ? 'unknown' : 'done', detail };
  } catch (err) {
    if (!hurt.died() && !(err instanceof Fault)) throw err;
    const isRefusal = !hurt.died() && err instanceof Fault && err.code !== 'unavailable' && err.code !== 'busy';
    told = { kind: isRefusal ? 'refused' : 'unknown', detail: String(err) };
  }
  return { told, steps: hurt.steps() };
}

async function perform(
  { name, eventId, version, requestId, update }: Wanted,
  admin: EventAdmin,
  stores: Platform['stores'],
): Promise<string> {
  switch (name) {
    case 'topUp':
      return versionOf(await admin.topUp({ eventId, add: 2, requestId }, tester));
    case 'reset':
      return versionOf(await admin.reset({ eventId, confirm: 'Opening sale', requestId }, tester));
    case 'approve':
      return versionOf(await admin.approve({ eventId, version, requestId }, approver));
    case 'update':
      return versionOf(await admin.update({ eventId, ...update, requestId }, tester));
    case 'repair':
      return JSON.stringify((await admin.reconcile({ eventId, repair: true }, tester)).findings);
    case 'retire': {
      const event = await findEvent(stores.db, eventId);
      return event === null ? 'no event' : String(await retireRound(stores, event));
    }
  }
}

const versionOf = ({ version, round }: { version: number; round: number }): string =>
  `version ${version} of round ${round}`;

/** What Redis or MySQL loses before the changes. No user loses a claim because of it. */
export const harms = ['none', 'gate', 'all of the round', 'a winner', 'a row'] as const;
export type Harm = (typeof harms)[number];

/**
 * A moment just before or just after a step of the first change. `fraction` is the step's position among all steps of
 * that change.
 */
export type PlannedMoment = { fraction: number; when: Moment['when'] };

export type Plan = {
  changes: [ChangeName, ChangeName];
  strategy: StrategyName;
  harm: Harm;
  /** Whether the event has a claim that MySQL could not store. */
  setAside: boolean;
  /** Whether an event that waits for an approval already has a gate. */
  seeded: boolean;
  update: 'name' | 'more' | 'fewer' | 'later';
  otherAt: PlannedMoment;
  claimAt: PlannedMoment;
  sweepAt: PlannedMoment | null;
  deathAt: PlannedMoment | null;
  /** When the second process dies. */
  otherDeathAt: Moment | null;
  /** Whether a change is requested again if its process died. */
  askedAgain: boolean;
};

export type Sale = { eventId: string; version: number; told: Map<string, ClaimOutcome> };
/** The result of a plan: the answers to each change, and a log of what happened when. */
export type Played = { plan: Plan; sale: Sale; wanted: Wanted[]; told: Described[][]; log: string[] };

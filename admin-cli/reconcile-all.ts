import type { Reconciled, WatchReconcile } from '../core/reconcile/report.ts';
import { Fault } from '../core/runtime/fault.ts';
import type { RemoteAdmin, Why } from './api-client.ts';
import { exitCodes, type ExitCode } from './exit-code.ts';
import { SetupError } from './usage-error.ts';

export type EventReconciled = Reconciled | NotReconciled;
export type NotReconciled = { eventId: string; verdict: 'failed'; error: { code: string; message: string } };

/** `verdict` is the worst verdict among all events. */
export type AllReconciled = { verdict: EventReconciled['verdict']; events: EventReconciled[] };

export type AllWatch = {
  progress: WatchReconcile;
  ended(event: EventReconciled): void;
};

const pageMax = 100;

/**
 * Reconciles every event, one at a time. Events with a lost gate come first, because they are stopped. Continues after
 * an event that fails. If the API refuses the token, or the CLI can't understand its answers, reports the remaining
 * events as skipped.
 */
export async function reconcileAll(
  admin: RemoteAdmin,
  { repair, why }: { repair: boolean; why: Why },
  watch: AllWatch,
): Promise<AllReconciled> {
  const eventIds = await listEventIds(admin);
  const events: EventReconciled[] = [];
  let stopped = false;
  for (const [at, eventId] of eventIds.entries()) {
    const progress: WatchReconcile = ({ step, ...how }) =>
      watch.progress({ ...how, step: `${eventId} (${at + 1} of ${eventIds.length}), ${step}` });
    const event = stopped
      ? notReconciled(
          eventId,
          'not_reached',
          'Skipped, because the API could not be used for an earlier event. The message of that event says why.',
        )
      : await admin.reconcile({ eventId, repair }, why, { watch: progress }).catch((err: unknown) => {
          stopped = err instanceof SetupError;
          return notReconciled(eventId, err instanceof Fault ? err.code : 'failed', messageOf(err));
        });
    events.push(event);
    watch.ended(event);
  }
  return { verdict: worst(events), events };
}

/** Reads all pages before the first reconcile, so that no event is missed. Events created later need no reconcile. */
async function listEventIds(admin: RemoteAdmin): Promise<string[]> {
  const [lost, others]: [string[], string[]] = [[], []];
  let cursor: string | undefined;
  do {
    const page = await admin.list({ cursor, limit: pageMax });
    for (const { eventId, gateLost } of page.events) (gateLost === true ? lost : others).push(eventId);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return [...lost, ...others];
}

/** A failure ranks above drift, because a failed comparison may hide any problem. */
export function exitCodeOf({ verdict }: AllReconciled): ExitCode {
  switch (verdict) {
    case 'clean':
      return exitCodes.done;
    case 'drift':
      return exitCodes.drift;
    case 'failed':
      return exitCodes.fault;
  }
}

function worst(events: readonly EventReconciled[]): AllReconciled['verdict'] {
  const has = (verdict: EventReconciled['verdict']) => events.some((event) => event.verdict === verdict);
  if (has('failed')) return 'failed';
  return has('drift') ? 'drift' : 'clean';
}

const notReconciled = (eventId: string, code: string, message: string): NotReconciled => ({
  ...{ eventId, verdict: 'failed', error: { code, message } },
});

const messageOf = (err: unknown): string => (err instanceof Error ? err.message : String(err));

import type { Why } from '../api-client.ts';
import { eventArg, requestArgs, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import { asCalled } from '../program-name.ts';
import { createProgressLine } from '../progress-line.ts';
import { exitCodeOf, reconcileAll } from '../reconcile-all.ts';
import { createAllReconciledShow } from '../show-all-reconciled.ts';
import { showReconciled } from '../show-reconciled.ts';
import { UsageError } from '../usage-error.ts';

export const reconcile = defineCommand({
  name: 'reconcile',
  summary: 'Compare Redis with MySQL, and repair differences.',
  details:
    'Finds the differences between Redis and MySQL for an event, even while it accepts claims. --repair fixes what it can without breaking a promise, rebuilds a lost gate, and lists what you have to decide. --all does this for every event, one at a time, events with a lost gate first. Exit codes: 0 if nothing is left to fix, 3 if something is, 1 if an event could not be compared.',
  examples: [
    { says: 'Compare, and change nothing', line: 'reconcile EVENT' },
    { says: 'Repair what can be repaired, or rebuild a lost gate', line: 'reconcile EVENT --repair' },
    { says: 'After Redis lost its data: repair every event', line: 'reconcile --all --repair' },
    { says: 'For a script', line: 'reconcile EVENT --json' },
  ],
  args: {
    event: { ...eventArg, optional: true },
    all: { type: 'boolean', summary: 'All events, instead of one' },
    repair: { type: 'boolean', summary: 'Repair what can be repaired' },
    reason: requestArgs.reason,
  },
  handler(values, context) {
    const { event, all, repair } = values;
    if (event !== undefined && all) throw new UsageError('Name an event or pass --all, not both.');
    const why = whyOf(values);
    if (event !== undefined) return reconcileOne(event, { repair, why }, context);
    if (all) return reconcileEach({ repair, why }, context);
    throw new UsageError('Name the event, or pass --all for every event.');
  },
});

type Asked = { repair: boolean; why: Why };

async function reconcileOne(eventId: string, { repair, why }: Asked, context: Context): Promise<ExitCode> {
  const { admin } = await context.api();
  const progress = createProgressLine(context.io);
  try {
    const found = await admin.reconcile({ eventId, repair }, why, { watch: progress.show });
    progress.clear();
    context.out.show(showReconciled(found, hintFor(context)));
    return found.verdict === 'clean' ? exitCodes.done : exitCodes.drift;
  } finally {
    progress.clear();
  }
}

async function reconcileEach(asked: Asked, context: Context): Promise<ExitCode> {
  const { admin } = await context.api();
  const progress = createProgressLine(context.io);
  const show = createAllReconciledShow(context.out, hintFor(context));
  try {
    const all = await reconcileAll(admin, asked, {
      progress: progress.show,
      ended: (event) => {
        progress.clear();
        show.event(event);
      },
    });
    show.all(all);
    return exitCodeOf(all);
  } finally {
    progress.clear();
  }
}

const hintFor =
  ({ io }: Context) =>
  (advice: string): string =>
    asCalled(advice, io.env);

import { actorOf, eventArg, requestArgs } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { showReconciled } from '../show-reconciled.ts';
import { createProgressLine } from '../progress-line.ts';

export const reconcile = defineCommand({
  name: 'reconcile',
  summary: 'Compare Redis with MySQL, and repair.',
  details:
    'Finds what the two stores tell differently of an event, while claims go on. --repair mends what can be mended without breaking a promise, rebuilds a lost gate, and says what somebody has to decide. Ends with 0 when nothing is left to mend, and with 3 when something is.',
  examples: [
    { says: 'Look, and change nothing', line: 'reconcile EVENT' },
    { says: 'Mend what can be mended, or rebuild a lost gate', line: 'reconcile EVENT --repair' },
    { says: 'For a script', line: 'reconcile EVENT --json' },
  ],
  args: {
    event: eventArg,
    repair: { type: 'boolean', summary: 'Mend what can be mended' },
    actor: requestArgs.actor,
    reason: requestArgs.reason,
  },
  async handler(values, context) {
    const actor = actorOf(values, context);
    const { admin } = await context.door();
    const progress = createProgressLine(context.io);
    try {
      const found = await admin.reconcile({ eventId: values.event, repair: values.repair }, actor, progress.show);
      progress.clear();
      context.out.show(showReconciled(found));
      return found.verdict === 'clean' ? exitCodes.done : exitCodes.drift;
    } finally {
      progress.clear();
    }
  },
});

import { actorOf, eventArg, requestArgs } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showFaults, showSettledFault } from '../show-faults.ts';
import { UsageError } from '../usage-error.ts';

/** As many as the API shows at once. */
const faultsMax = 1_000;

export const claimsFaults = defineCommand({
  name: 'claims faults',
  summary: 'List claims that MySQL could not store, and settle them.',
  details:
    'Each was promised to its user, and raises the alarm `set_aside` until it is stored after all or settled; so do those of earlier rounds. Find out who is right first: `claims verify`, then `claims restore`, or take the row out of MySQL that is in the way and run `reconcile --repair`. Settling stops the alarm and changes nothing else: the user has no claim in MySQL unless it is restored. Settling twice changes nothing. At most 1,000 are shown, open ones first.',
  examples: [
    { says: 'What is open, and what was decided', line: 'claims faults EVENT' },
    { says: 'Only what the first round left', line: 'claims faults EVENT --round 1' },
    { says: 'It is decided', line: "claims faults EVENT --settle 12 --reason 'kim got serial 51 of a top-up'" },
  ],
  args: {
    event: eventArg,
    round: { type: 'integer', value: 'number', summary: 'Only of this round (default: all rounds)' },
    settle: { type: 'integer', value: 'id', summary: 'Settle the fault with this id; wants a --reason' },
    ...requestArgs,
  },
  async handler(values, context) {
    const { event: eventId, round, settle: id, requestId } = values;
    const actor = actorOf(values, context);
    if (id === undefined) {
      if (requestId !== undefined) throw new UsageError('--request-id goes with --settle: a list changes nothing.');
      const { admin } = await context.door();
      context.out.show(
        showFaults(await admin.listFaults({ eventId, round, limit: faultsMax }, actor), await context.moment()),
      );
      return;
    }
    if (round !== undefined) throw new UsageError('--round goes with the list: a fault is settled by its id alone.');
    if (actor.reason === undefined) throw new UsageError('--settle wants a --reason: it is kept with the fault.');
    const { admin } = await context.door();
    context.out.show(
      showSettledFault(await admin.settleFault({ eventId, id, requestId }, actor), await context.moment()),
    );
  },
});

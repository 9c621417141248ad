import { eventArg, requestArgs, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showFaults, showSettledFault } from '../show-faults.ts';
import { UsageError } from '../usage-error.ts';

/** The largest page that the API returns. */
const faultsMax = 1_000;

export const claimsFaults = defineCommand({
  name: 'claims faults',
  summary: 'List claims that MySQL could not store, and settle them.',
  details:
    'Each claim was promised to its user. It raises the alarm `set_aside`, whatever its round, until MySQL has the claim or you settle the fault. First find out who is right with `claims verify`. Then run `claims restore`, or delete the conflicting row from MySQL and run `reconcile --repair`. Settling stops the alarm and changes nothing else: the user has no claim in MySQL unless you restore it. Settling twice changes nothing. At most 1,000 are shown, open ones first.',
  examples: [
    { says: 'Open and settled faults', line: 'claims faults EVENT' },
    { says: 'Only faults of round 1', line: 'claims faults EVENT --round 1' },
    { says: 'Settle one', line: "claims faults EVENT --settle 12 --reason 'kim got serial 51 of a top-up'" },
  ],
  args: {
    event: eventArg,
    round: { type: 'integer', value: 'number', summary: 'Only this round (default: all rounds)' },
    settle: { type: 'integer', value: 'id', summary: 'Settle the fault with this id; needs a --reason' },
    ...requestArgs,
  },
  async handler(values, context) {
    const { event: eventId, round, settle: id, requestId } = values;
    const why = whyOf(values);
    if (id === undefined) {
      if (requestId !== undefined)
        throw new UsageError('--request-id needs --settle, because listing changes nothing.');
      const { admin } = await context.api();
      context.out.show(
        showFaults(await admin.listFaults({ eventId, round, limit: faultsMax }, why), await context.moment()),
      );
      return;
    }
    if (round !== undefined)
      throw new UsageError('--round only filters the list. Leave it out with --settle, which needs only the id.');
    if (why.reason === undefined) throw new UsageError('--settle needs a --reason, which is kept with the fault.');
    const { admin } = await context.api();
    context.out.show(
      showSettledFault(await admin.settleFault({ eventId, id, requestId }, why), await context.moment()),
    );
  },
});

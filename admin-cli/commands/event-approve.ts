import { changeArgs, changeOf, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showEvent } from '../show-event.ts';
import { UsageError } from '../usage-error.ts';

export const eventApprove = defineCommand({
  name: 'event approve',
  summary: 'Approve an event, so that it can open.',
  details:
    'An event above APPROVAL_AMOUNT or APPROVAL_STOCK needs the approval of an admin who has neither created nor changed it, in person or through an API key. --version names the version that you reviewed; a later change of amount, stock or times needs a new approval. If the opening time has passed, set a new opening time first.',
  examples: [{ says: 'The version that `event show` has just shown', line: 'event approve EVENT --version 1' }],
  args: { ...changeArgs, version: { ...changeArgs.version, summary: 'The version that you reviewed (required)' } },
  async handler(values, context) {
    if (values.version === undefined)
      throw new UsageError('Missing --version: give the version that `event show` shows.');
    const why = whyOf(values);
    const { admin } = await context.api();
    const event = await admin.approve({ ...changeOf(values), version: values.version }, why);
    context.out.show(showEvent(event, await context.moment()));
  },
});

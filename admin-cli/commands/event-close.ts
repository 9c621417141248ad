import { changeArgs, changeOf, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { confirmName, requireConfirmable } from '../confirm.ts';
import { showEvent } from '../show-event.ts';
import { confirmArg } from './confirm-arg.ts';

export const eventClose = defineCommand({
  name: 'event close',
  summary: 'End an event for good.',
  details:
    'Coupons that were issued stay valid, and nobody gets another one in this round. To stop for a while, use `event pause`.',
  examples: [
    { says: "Asks for the event's name first", line: 'event close EVENT' },
    { says: 'In a script', line: "event close EVENT --confirm 'Autumn sale'" },
  ],
  args: {
    ...changeArgs,
    confirm: confirmArg,
  },
  async handler(values, context) {
    requireConfirmable(values.confirm, context.io);
    const { admin } = await context.api();
    const { name } = await admin.get(values.event);
    await confirmName(
      name,
      values.confirm,
      'Closing ends the event for good: no more coupons in this round.',
      context.io,
    );
    const event = await admin.close(changeOf(values), whyOf(values));
    context.out.show(showEvent(event, await context.moment()));
  },
});

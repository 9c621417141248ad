import { changeArgs, changeOf, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { confirmName, requireConfirmable } from '../confirm.ts';
import { showEvent } from '../show-event.ts';
import { confirmArg } from './confirm-arg.ts';

export const eventClose = defineCommand({
  name: 'event close',
  summary: 'End an event permanently.',
  details: 'Issued coupons stay valid, and this round issues no more. To stop for a while, use `event pause`.',
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
      'Closing ends the event permanently: this round issues no more coupons.',
      context.io,
    );
    const event = await admin.close(changeOf(values), whyOf(values));
    context.out.show(showEvent(event, await context.moment()));
  },
});

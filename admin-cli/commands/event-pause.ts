import { changeArgs, changeOf, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showEvent } from '../show-event.ts';

export const eventPause = defineCommand({
  name: 'event pause',
  summary: 'Refuse claims until the event is resumed.',
  details: 'Issued coupons stay valid. Pausing an event twice changes nothing.',
  examples: [{ says: 'Stop for a while', line: "event pause EVENT --reason 'the shop is down'" }],
  args: changeArgs,
  async handler(values, context) {
    const { admin } = await context.api();
    const event = await admin.pause(changeOf(values), whyOf(values));
    context.out.show(showEvent(event, await context.moment()));
  },
});

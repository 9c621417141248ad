import { changeArgs, changeOf, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showEvent } from '../show-event.ts';

export const eventTopUp = defineCommand({
  name: 'event top-up',
  summary: 'Add coupons to an event.',
  details: 'A sold-out event accepts claims again. With --request-id, a repeated command adds the coupons only once.',
  examples: [{ says: '500 more', line: 'event top-up EVENT --add 500 --request-id top-up-1' }],
  args: {
    ...changeArgs,
    add: { type: 'integer', value: 'number', summary: 'How many coupons to add', required: true, group: 'The event:' },
  },
  async handler(values, context) {
    const { admin } = await context.api();
    const event = await admin.topUp({ ...changeOf(values), add: values.add }, whyOf(values));
    context.out.show(showEvent(event, await context.moment()));
  },
});

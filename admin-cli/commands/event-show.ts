import { eventArg } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showEvent } from '../show-event.ts';

export const eventShow = defineCommand({
  name: 'event show',
  summary: 'Show everything about an event.',
  examples: [
    { says: 'Its current state', line: 'event show EVENT' },
    { says: 'How many coupons are left', line: 'event show EVENT --json | jq .remaining' },
  ],
  args: { event: eventArg },
  async handler({ event }, { api, moment, out }) {
    const { admin } = await api();
    out.show(showEvent(await admin.get(event), await moment()));
  },
});

import { actorOf, changeArgs, changeOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showEvent } from '../show-event.ts';

export const eventResume = defineCommand({
  name: 'event resume',
  summary: 'Take claims again after a pause.',
  examples: [{ says: 'Go on', line: "event resume EVENT --reason 'the shop is back'" }],
  args: changeArgs,
  async handler(values, context) {
    const { admin } = await context.door();
    const event = await admin.resume(changeOf(values), actorOf(values, context));
    context.out.show(showEvent(event, await context.moment()));
  },
});

import { changeArgs, changeOf, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showEvent } from '../show-event.ts';

export const eventResume = defineCommand({
  name: 'event resume',
  summary: 'Accept claims again after a pause.',
  details:
    'An event that was paused by a repair may have promised serials that the stores have lost. With --from-serial, the ' +
    'next new claim gets that serial. Unissued serials below it stay reserved for users who can prove their claims.',
  examples: [
    { says: 'Resume', line: "event resume EVENT --reason 'the shop is back'" },
    { says: 'Keep serials that may have been promised', line: 'event resume EVENT --from-serial 1200' },
  ],
  args: {
    ...changeArgs,
    fromSerial: {
      type: 'integer',
      value: 'number',
      summary: 'Serial of the next new claim (redis-stream only)',
      group: 'The event:',
    },
  },
  async handler(values, context) {
    const { admin } = await context.api();
    const event = await admin.resume({ ...changeOf(values), fromSerial: values.fromSerial }, whyOf(values));
    context.out.show(showEvent(event, await context.moment()));
  },
});

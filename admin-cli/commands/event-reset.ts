import { eventPhase } from '../../core/events/phase.ts';
import { changeArgs, changeOf, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { confirmName, requireConfirmable } from '../confirm.ts';
import { parseInstant, parseTimeZone } from '../parse-instant.ts';
import { showEvent } from '../show-event.ts';
import { confirmArg } from './confirm-arg.ts';
import { settingArgs } from './setting-args.ts';

const { stock, opensAt, closesAt } = settingArgs;

export const eventReset = defineCommand({
  name: 'event reset',
  summary: 'Start the next round of an event, in which nobody has a coupon yet.',
  details:
    'Coupons of earlier rounds stay valid and readable. Settings that you do not give stay as they are, and everybody ' +
    'can claim again. Unless --opens-at is in the future, the new round is paused until `event resume` opens it. A reset ' +
    'also brings back an event that has lost its gate, but the data that Redis lost from the earlier round stays lost.',
  examples: [
    { says: "Asks for the event's name first; the new round is paused", line: 'event reset EVENT' },
    {
      says: 'Tomorrow at ten, with 2,000 coupons',
      line: "event reset EVENT --opens-at 2027-10-02T10:00+09:00 --closes-at none --stock 2000 --confirm 'Autumn sale'",
    },
  ],
  args: {
    ...changeArgs,
    confirm: confirmArg,
    ...{ stock, opensAt, closesAt },
    timeZone: {
      type: 'string',
      value: 'zone',
      summary: "Time zone for times without an offset (default: the event's)",
      group: 'The event:',
    },
  },
  async handler(values, context) {
    requireConfirmable(values.confirm, context.io);
    const { admin } = await context.api();
    const { name, timeZone } = await admin.get(values.event);
    const { nowMs } = await context.moment();
    const zone = values.timeZone === undefined ? timeZone : parseTimeZone(values.timeZone);
    const instant = (flag: string, text: string) => parseInstant(text, { flag, timeZone: zone, nowMs });
    const times = {
      ...(values.opensAt !== undefined && { opensAtMs: instant('--opens-at', values.opensAt) }),
      ...(values.closesAt !== undefined && {
        closesAtMs: values.closesAt === 'none' ? null : instant('--closes-at', values.closesAt),
      }),
    };
    await confirmName(
      name,
      values.confirm,
      'Resetting ends this round and starts the next: everybody can claim again.',
      context.io,
    );
    const round = { ...changeOf(values), confirm: name, stock: values.stock, ...times };
    const event = await admin.reset(round, whyOf(values));
    const moment = await context.moment();
    context.out.show(showEvent(event, moment));
    if (eventPhase(event, moment.nowMs) === 'closed') {
      context.out.note('The event kept its closing time, which has passed. Reset it again with a later --closes-at.');
    }
  },
});

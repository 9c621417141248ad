import type { UpdateEventInput } from '../../core/platform.ts';
import { actorOf, changeArgs, changeOf } from '../change-args.ts';
import { defineCommand, type Values } from '../command.ts';
import type { Context } from '../context.ts';
import { flagName } from '../flag-name.ts';
import { isLocal, parseInstant, parseTimeZone } from '../parse-instant.ts';
import { showEvent } from '../show-event.ts';
import { UsageError } from '../usage-error.ts';
import { settingArgs } from './setting-args.ts';

const args = {
  ...changeArgs,
  ...settingArgs,
  listed: { type: 'boolean', summary: 'Put it on the public list', group: 'The event:' },
} as const;

export const eventUpdate = defineCommand({
  name: 'event update',
  summary: 'Change what is given, and leave the rest.',
  details:
    'Strategy, amount and currency are fixed once the event is seeded (a minute before it opens), the opening once it is ' +
    'open. Stock never goes below what is issued.',
  examples: [
    { says: 'Open an hour later', line: 'event update EVENT --opens-at 2027-10-01T11:00+09:00' },
    {
      says: 'Stop by itself in two hours, and tell why',
      line: "event update EVENT --closes-at +2h --reason 'budget is spent'",
    },
    { says: 'Only if nobody else changed it meanwhile', line: "event update EVENT --name 'Autumn sale 2' --version 3" },
  ],
  args,
  async handler(values, context) {
    const input = await updateInput(values, context);
    const { admin } = await context.door();
    const event = await admin.update(input, actorOf(values, context));
    context.out.show(showEvent(event, await context.moment()));
  },
});

async function updateInput(values: Values<typeof args>, context: Context): Promise<UpdateEventInput> {
  if (values.listed && values.unlisted) throw new UsageError('--listed and --unlisted contradict each other.');
  const { name, amount, stock, opensAt, closesAt, currency, strategy, timeZone, description, listed, unlisted } =
    values;
  if (!listed && !unlisted && settings.every((setting) => values[setting] === undefined)) {
    throw new UsageError(
      `Nothing to change: give at least one of ${[...settings, 'listed', 'unlisted'].map(flagName).join(', ')}.`,
    );
  }
  const { nowMs } = await context.moment();
  const zone = await zoneOf(values, context);
  return {
    ...changeOf(values),
    ...(name === undefined ? {} : { name }),
    ...(amount === undefined ? {} : { amount }),
    ...(stock === undefined ? {} : { stock }),
    ...(opensAt === undefined
      ? {}
      : { opensAtMs: parseInstant(opensAt, { flag: '--opens-at', timeZone: zone, nowMs }) }),
    ...(closesAt === undefined
      ? {}
      : {
          closesAtMs:
            closesAt === 'none' ? null : parseInstant(closesAt, { flag: '--closes-at', timeZone: zone, nowMs }),
        }),
    ...(currency === undefined ? {} : { currency }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(timeZone === undefined ? {} : { timeZone: zone }),
    ...(description === undefined ? {} : { description }),
    ...(listed || unlisted ? { listed } : {}),
  };
}

const settings = Object.keys(settingArgs).filter((name) => name !== 'unlisted') as Exclude<
  keyof typeof settingArgs,
  'unlisted'
>[];

/** The zone of times without an offset: as given, else the event's own. */
async function zoneOf(values: Values<typeof args>, context: Context): Promise<string | null> {
  if (values.timeZone !== undefined) return values.timeZone === 'none' ? null : parseTimeZone(values.timeZone);
  const local = [values.opensAt, values.closesAt].some((text) => text !== undefined && isLocal(text));
  if (!local) return null;
  const { admin } = await context.door();
  return (await admin.get(values.event)).timeZone;
}

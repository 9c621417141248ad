import type { UpdateEventInput } from '../../core/changes/inputs.ts';
import { eventPhase } from '../../core/events/phase.ts';
import { Fault } from '../../core/runtime/fault.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import { changeArgs, changeOf, whyOf } from '../change-args.ts';
import { defineCommand, type Values } from '../command.ts';
import { confirmName, requireConfirmable } from '../confirm.ts';
import type { Context } from '../context.ts';
import { flagName } from '../flag-name.ts';
import { isLocal, parseInstant, parseTimeZone } from '../parse-instant.ts';
import { count, showEvent } from '../show-event.ts';
import { warningsOf } from '../unusual-event.ts';
import { UsageError } from '../usage-error.ts';
import { confirmArg } from './confirm-arg.ts';
import { givenInfo, givesInfo, givesLocalTime } from './given-info.ts';
import { settingArgs, switchArgs } from './setting-args.ts';

const args = {
  ...changeArgs,
  confirm: confirmArg,
  ...settingArgs,
  ...switchArgs,
} as const;

export const eventUpdate = defineCommand({
  name: 'event update',
  summary: 'Change the given settings, and keep the rest.',
  details:
    'Strategy, amount and currency are fixed once the event is seeded (a minute before it opens), and the opening time ' +
    "once it is open. The stock can't go below the number issued. While the event is open, the command asks for its " +
    'name before it lowers the stock or sets a closing time that has passed.',
  examples: [
    { says: 'Open an hour later', line: 'event update EVENT --opens-at 2027-10-01T11:00+09:00' },
    {
      says: 'Close it in two hours, with a reason',
      line: "event update EVENT --closes-at +2h --reason 'budget is spent'",
    },
    { says: 'Lower the stock of an open event', line: "event update EVENT --stock 800 --confirm 'Autumn sale'" },
    {
      says: 'Only if nobody else has changed it since version 3',
      line: "event update EVENT --name 'Autumn sale 2' --version 3",
    },
  ],
  args,
  async handler(values, context) {
    const input = await withConfirm(await updateInput(values, context), values.confirm, context);
    const event = await update(input, values, context);
    if (input.amount !== undefined || input.stock !== undefined) {
      const { admin } = await context.api();
      for (const warning of await warningsOf({ admin, out: context.out }, event)) context.out.note(warning);
    }
    context.out.show(showEvent(event, await context.moment()));
  },
});

/**
 * Adds the event's name to a change that needs it: the name from `--confirm` or, if the change would end the event at
 * once, the answer to a prompt.
 */
async function withConfirm(
  input: UpdateEventInput,
  given: string | undefined,
  context: Context,
): Promise<UpdateEventInput> {
  const { nowMs } = await context.moment();
  const endsNow = typeof input.closesAtMs === 'number' && input.closesAtMs <= nowMs;
  if (given === undefined && !endsNow) return input;
  const { admin } = await context.api();
  const event = await admin.get(input.eventId);
  if (given === undefined && !isOpen(event, nowMs)) return input;
  requireConfirmable(given, context.io);
  const consequence =
    'This closing time has passed: the event ends permanently, and this round issues no more coupons.';
  await confirmName(event.name, given, consequence, context.io);
  return { ...input, confirm: event.name };
}

/**
 * Makes the change. If the store answers that the change lowers the stock of an open event, asks the user for the
 * event's name and repeats the change.
 */
async function update(input: UpdateEventInput, values: Values<typeof args>, context: Context): Promise<AdminEventView> {
  const { admin } = await context.api();
  const why = whyOf(values);
  try {
    return await admin.update(input, why);
  } catch (error) {
    if (!context.io.interactive || input.confirm !== undefined || !asksForName(error)) throw error;
  }
  const { name, stock, issued } = await admin.get(input.eventId);
  const change = `from ${count(stock)} to ${count(input.stock ?? stock)}, with ${count(issued)} issued already`;
  const consequence = `The event is open, and this cuts its stock ${change}.`;
  await confirmName(name, undefined, consequence, context.io);
  return admin.update({ ...input, confirm: name }, why);
}

const asksForName = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'bad_request' && error.issues.some(({ path }) => path[0] === 'confirm');

const isOpen = (event: AdminEventView, nowMs: number): boolean =>
  ['open', 'paused', 'sold_out'].includes(eventPhase(event, nowMs));

async function updateInput(values: Values<typeof args>, context: Context): Promise<UpdateEventInput> {
  const { stock, opensAt, closesAt, strategy } = values;
  if (!givesInfo(values) && [stock, opensAt, closesAt, strategy].every((value) => value === undefined)) {
    const flags = Object.keys({ ...settingArgs, ...switchArgs }).map(flagName);
    throw new UsageError(`Nothing to change: give at least one of ${flags.join(', ')}.`);
  }
  const { nowMs } = await context.moment();
  const timeZone = await zoneOf(values, context);
  const instant = (flag: string, text: string) => parseInstant(text, { flag, timeZone, nowMs });
  return {
    ...changeOf(values),
    ...givenInfo(values, { timeZone, nowMs }),
    ...(stock !== undefined && { stock }),
    ...(opensAt !== undefined && { opensAtMs: instant('--opens-at', opensAt) }),
    ...(closesAt !== undefined && { closesAtMs: closesAt === 'none' ? null : instant('--closes-at', closesAt) }),
    ...(strategy !== undefined && { strategy }),
  };
}

/** The time zone for times without an offset: the zone from `--time-zone`, otherwise the event's own. */
async function zoneOf(values: Values<typeof args>, context: Context): Promise<string | null> {
  if (values.timeZone !== undefined) return values.timeZone === 'none' ? null : parseTimeZone(values.timeZone);
  const local = [values.opensAt, values.closesAt].some((text) => text !== undefined && isLocal(text));
  if (!local && !givesLocalTime(values)) return null;
  const { admin } = await context.api();
  return (await admin.get(values.event)).timeZone;
}

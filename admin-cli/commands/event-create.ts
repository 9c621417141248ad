import type { CreateEventInput } from '../../core/changes/inputs.ts';
import {
  defaultOf,
  eachField,
  isNullable,
  isOfKind,
  type EventInfo,
  type FieldName,
} from '../../core/events/event-fields.ts';
import { defaultStrategy } from '../../core/events/event.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import { requestArgs, whyOf } from '../change-args.ts';
import { defineCommand, type Values } from '../command.ts';
import { flagName } from '../flag-name.ts';
import { parseInstant, parseTimeZone } from '../parse-instant.ts';
import { showEvent, showEventIds } from '../show-event.ts';
import { warningsOf } from '../unusual-event.ts';
import { UsageError } from '../usage-error.ts';
import { givenInfo } from './given-info.ts';
import { settingArgs } from './setting-args.ts';

const args = {
  ...settingArgs,
  like: {
    type: 'string',
    value: 'event',
    summary: 'Copy from this event every setting that you do not give',
    group: 'The event:',
  },
  quiet: { type: 'boolean', short: 'q', summary: "Print only the event's id" },
  ...requestArgs,
} as const;

export const eventCreate = defineCommand({
  name: 'event create',
  summary: 'Schedule an event.',
  details:
    '--name, --amount, --stock and --opens-at are required; with --like, only --opens-at. In a copy, --closes-at and ' +
    '--valid-until default to the times of the original, moved along with the opening. With --request-id, give absolute ' +
    'times, because a repeated command must send the same request.',
  examples: [
    {
      says: '1,000 coupons worth 10,000 KRW each, at ten in Seoul',
      line: "event create --name 'Autumn sale' --amount 10000 --stock 1000 --opens-at 2027-10-01T10:00 --time-zone Asia/Seoul",
    },
    {
      says: 'A trial event that opens in ten seconds',
      line: 'event create --name Trial --amount 1 --stock 10 --opens-at +10s --unlisted',
    },
    {
      says: 'The same as last week, with more coupons',
      line: 'event create --like EVENT --stock 2000 --opens-at 2027-10-08T10:00+09:00',
    },
  ],
  args,
  async handler(values, context) {
    requireSettings(values);
    const { admin } = await context.api();
    const original = values.like === undefined ? undefined : await admin.get(values.like);
    const { nowMs } = await context.moment();
    const input = createInput(values, original, nowMs);
    const warnings = await warningsOf({ admin, out: context.out }, input);
    const event = await admin.create(input, whyOf(values));
    for (const warning of warnings) context.out.note(warning);
    context.out.show(values.quiet ? showEventIds([event]) : showEvent(event, await context.moment()));
  },
});

/** Throws a `UsageError` that lists every missing setting. */
function requireSettings(values: Values<typeof args>): void {
  const needed = values.like === undefined ? (['name', 'amount', 'stock', 'opensAt'] as const) : (['opensAt'] as const);
  const missing = needed.filter((name) => values[name] === undefined);
  if (missing.length > 0) throw new UsageError(`Missing ${missing.map(flagName).join(', ')}.`);
}

function createInput(
  values: Values<typeof args>,
  original: AdminEventView | undefined,
  nowMs: number,
): CreateEventInput {
  const timeZone = zoneOf(values.timeZone, original);
  const opensAtMs = parseInstant(given(values.opensAt, 'opensAt'), { flag: '--opens-at', timeZone, nowMs });
  return {
    ...createdInfo(givenInfo(values, { timeZone, nowMs }), original, opensAtMs),
    stock: given(values.stock ?? original?.stock, 'stock'),
    opensAtMs,
    closesAtMs: closesAtMs(values.closesAt, original, { opensAtMs, timeZone, nowMs }),
    strategy: values.strategy ?? original?.strategy ?? defaultStrategy,
    timeZone,
    requestId: values.requestId,
  };
}

type CreatedInfo = Pick<CreateEventInput, FieldName>;

/**
 * Takes each field from the flags, otherwise from the original event, otherwise the default. Times copied from the
 * original move with the opening.
 */
function createdInfo(info: Partial<EventInfo>, original: AdminEventView | undefined, opensAtMs: number): CreatedInfo {
  return eachField<CreatedInfo>((name) => {
    if (info[name] !== undefined) return info[name] ?? undefined;
    const held = original?.[name] ?? defaultOf(name);
    // Omits fields that the original event lacks. If such a field is missing because the API has an earlier version,
    // that API would refuse it.
    if (isNullable(name)) {
      const isTime = isOfKind(name, 'time') && original !== undefined && typeof held === 'number';
      return isTime ? opensAtMs + (held - original.opensAtMs) : (held ?? undefined);
    }
    return given(held, name);
  });
}

function zoneOf(text: string | undefined, original: AdminEventView | undefined): string | null {
  if (text === undefined) return original?.timeZone ?? null;
  return text === 'none' ? null : parseTimeZone(text);
}

function closesAtMs(
  text: string | undefined,
  original: AdminEventView | undefined,
  { opensAtMs, timeZone, nowMs }: { opensAtMs: number; timeZone: string | null; nowMs: number },
): number | null {
  if (text === 'none') return null;
  if (text !== undefined) return parseInstant(text, { flag: '--closes-at', timeZone, nowMs });
  if (original === undefined || original.closesAtMs === null) return null;
  return opensAtMs + (original.closesAtMs - original.opensAtMs);
}

/** `requireSettings` has already checked this; the line only satisfies the types. */
function given<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new UsageError(`Missing ${flagName(name)}.`);
  return value;
}

import {
  defaultOf,
  eachWireField,
  isNullable,
  isOfKind,
  timeFields,
  wireName,
  type FieldName,
  type KindOf,
  type WireName,
} from '../../../core/events/event-fields.ts';
import { realStrategyNames } from '../../../core/events/event.ts';
import { unusualOf, type Unusual } from '../../../core/events/unusual.ts';
import { readWhole } from '../parts/typed-values.ts';
import { instantOf, localIn } from '../parts/zoned-time.ts';
import type { AdminEvent, Inputs } from '../shell/session.ts';

export type Strategy = NonNullable<Inputs['admin']['event']['create']['strategy']>;

/** The first choice is the default. */
export const strategies: readonly Strategy[] = realStrategyNames.toReversed();

type InfoDraft = { [Name in FieldName as WireName<Name>]: KindOf<Name> extends 'switch' ? boolean : string };

/**
 * An event as a form holds it. A text field holds the text that the admin typed; '' means no value. Times are local in
 * `timeZone` unless they end in an offset.
 */
export type Draft = InfoDraft & { stock: string; opensAt: string; closesAt: string; strategy: Strategy };

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const emptyDraft = (): Draft => ({
  ...eachWireField<InfoDraft>((name) => defaultOf(name) ?? ''),
  ...{ stock: '', opensAt: '', closesAt: '', timeZone: ownZone(), strategy: 'redis-stream' },
});

export function draftOf(event: AdminEvent): Draft {
  const timeZone = event.timeZone ?? ownZone();
  const local = (at: string | null): string => (at === null ? '' : localIn(Date.parse(at), timeZone));
  const typed = (name: FieldName): string | boolean => {
    const value = event[wireName(name)];
    if (typeof value === 'boolean') return value;
    if (typeof value === 'object' && value !== null) return JSON.stringify(value);
    return isOfKind(name, 'time') && typeof value === 'string' ? local(value) : String(value ?? '');
  };
  return {
    ...eachWireField<InfoDraft>(typed),
    ...{ timeZone, stock: String(event.stock), strategy: event.strategy },
    ...{ opensAt: local(event.opensAt), closesAt: local(event.closesAt) },
  };
}

/**
 * A text area returns line endings as `\n`, even if the stored text has others. So a text in which only the line endings
 * differ counts as unchanged.
 */
const sameText = (value: Draft[keyof Draft]): Draft[keyof Draft] =>
  typeof value === 'string' ? value.replace(/\r\n?/g, '\n') : value;

export const changedFields = (from: Draft, to: Draft): (keyof Draft)[] =>
  (Object.keys(to) as (keyof Draft)[]).filter((field) => sameText(from[field]) !== sameText(to[field]));

/** Converts typed text to a number; NaN if it is not a whole number. */
const numberOf = (text: string): number => readWhole(text) ?? Number.NaN;

export function createInput(draft: Draft): CreateInput {
  const { stock, opensAt, closesAt, strategy } = draft;
  return {
    ...eachWireField<InfoInput>((name) => inputOf(name, draft[wireName(name)])),
    ...{ stock: numberOf(stock), opensAt, closesAt: closesAt === '' ? null : closesAt, strategy },
  };
}

type CreateInput = Inputs['admin']['event']['create'];
type InfoInput = Pick<CreateInput, WireName<FieldName>>;

/**
 * Converts what the user typed in a field to the value that the server accepts. An empty time zone is sent as it is, so
 * that the server refuses it: the form's times need a zone.
 */
function inputOf(name: FieldName, typed: string | boolean): unknown {
  if (typeof typed === 'boolean') return typed;
  if (isNullable(name) && !isOfKind(name, 'time_zone') && typed === '') return null;
  if (isOfKind(name, 'whole')) return numberOf(typed);
  return isOfKind(name, 'theme') ? themeOf(typed) : typed;
}

/** Text that is not JSON is sent as typed, so that the server explains the error. */
function themeOf(typed: string): unknown {
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    return typed;
  }
}

const timeNames = timeFields.map(wireName);

/**
 * Returns only the changed fields. If the zone, the opening or the closing changes, all three are sent. Other times are
 * sent only if they were edited, or if a new zone changes their instant.
 */
export function updateInput(from: Draft, to: Draft): Omit<Inputs['admin']['event']['update'], 'eventId'> {
  const changed = changedFields(from, to);
  const all = createInput(to);
  const picked = new Set<string>(changed);
  if (picked.has('timeZone')) timeNames.filter((field) => to[field] !== '').forEach((field) => picked.add(field));
  const window = ['timeZone', 'opensAt', 'closesAt'];
  if (window.some((field) => picked.has(field))) window.forEach((field) => picked.add(field));
  if (timeNames.some((field) => picked.has(field) && to[field] !== '')) picked.add('timeZone');
  return Object.fromEntries(Object.entries(all).filter(([field]) => picked.has(field)));
}

export type Warning =
  | ('opensSoon' | 'opensPast' | 'opensAtNight' | 'opensOnWeekend' | 'closesSoon')
  | ('closesPast' | 'imageUndescribed')
  | Unusual
  | ('stockMemory' | 'approval');

type Circumstances = {
  nowMs: number;
  /** Other events, which show what values are usual. */
  others: readonly Pick<AdminEvent, 'amount' | 'currency' | 'stock'>[];
  /** The event as it is stored; null for a new event. */
  event: Pick<
    AdminEvent,
    'amount' | 'currency' | 'stock' | 'opensAt' | 'closesAt' | 'needsApproval' | 'readiness'
  > | null;
  /** How long before the opening seeding begins, in seconds. */
  seedLead: number;
  approvalAbove: { amount: number | null; stock: number | null };
};

const minuteMs = 60_000;

/** Warns about values that may be mistakes. The form can be sent despite warnings. */
export function warningsOf(draft: Draft, circumstances: Circumstances): Warning[] {
  const { nowMs, others, event, seedLead, approvalAbove } = circumstances;
  const instant = (text: string): number | null => {
    const found = instantOf(text, draft.timeZone);
    return typeof found === 'number' ? found : null;
  };
  const [opens, closes] = [instant(draft.opensAt), instant(draft.closesAt)];
  const [amount, stock] = [numberOf(draft.amount), numberOf(draft.stock)];
  const unusual = new Set<Unusual>(unusualOf({ amount, stock, currency: draft.currency }, others));
  // Whether the opening time has passed and was not edited. If so, warnings about the opening would be pointless.
  const over = event !== null && Date.parse(event.opensAt) < nowMs && opens === Date.parse(event.opensAt);
  const ahead = opens === null || over ? null : opens;
  const wall = ahead === null ? null : wallTime(ahead, draft.timeZone);
  const isAbove = (value: number, limit: number | null): boolean => limit !== null && value > limit;
  const heldClosing = event === null || event.closesAt === null ? null : Date.parse(event.closesAt);
  const isChanged =
    event === null ||
    amount !== event.amount ||
    stock !== event.stock ||
    opens !== Date.parse(event.opensAt) ||
    closes !== heldClosing;
  const found: Record<Warning, boolean> = {
    opensPast: ahead !== null && ahead < nowMs,
    opensSoon: ahead !== null && ahead >= nowMs && ahead < nowMs + seedLead * 1_000,
    opensAtNight: wall !== null && (wall.getUTCHours() < 7 || wall.getUTCHours() >= 23),
    opensOnWeekend: wall !== null && [0, 6].includes(wall.getUTCDay()),
    closesSoon: opens !== null && closes !== null && closes > opens && closes < opens + minuteMs,
    // If the event opens later, `opensPast` or the problem with its closing time already reports this.
    closesPast: over && closes !== null && closes <= nowMs && closes !== heldClosing,
    imageUndescribed: draft.imageUrl !== '' && draft.imageAlt === '',
    amountFar: unusual.has('amountFar'),
    amountSmall: unusual.has('amountSmall'),
    stockFar: unusual.has('stockFar'),
    stockMemory: event?.readiness?.checks.some(({ name, state }) => name === 'memory' && state !== 'ok') ?? false,
    approval:
      (isAbove(amount, approvalAbove.amount) || isAbove(stock, approvalAbove.stock)) &&
      (isChanged || event.needsApproval) &&
      !over,
  };
  return (Object.keys(found) as Warning[]).filter((warning) => found[warning]);
}

/** Returns a Date whose UTC fields show the zone's local time. Null if the zone does not exist. */
function wallTime(instantMs: number, timeZone: string): Date | null {
  try {
    return new Date(`${localIn(instantMs, timeZone)}Z`);
  } catch {
    return null;
  }
}

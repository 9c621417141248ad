import type { z } from 'zod';
import { timeFields, wireName, type TimeField, type WireName } from '../core/events/event-fields.ts';
import { readTime, readTimeZone } from '../core/runtime/local-time.ts';

type TimesInput = {
  opensAt?: string | undefined;
  closesAt?: string | null | undefined;
  timeZone?: string | null | undefined;
} & { [Name in TimeField as WireName<Name>]?: string | null | undefined };

/** Fields that were absent stay absent; `null` takes a value away. */
export type EventTimes = {
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  timeZone?: string | null | undefined;
} & { [Name in TimeField]?: number | null | undefined };

/**
 * Takes the times of an event out of an input and reads them; `rest` is what else it holds. Reports each that can't be read,
 * and a closing that is not after the opening.
 */
export function readEventTimes<Input extends TimesInput>(
  input: Input,
  context: z.RefinementCtx,
): { times: EventTimes; rest: Omit<Input, keyof TimesInput> } {
  const report = (field: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [field], message });
  };
  const names = timeFields.map(wireName);
  const rest = Object.fromEntries(
    Object.entries(input).filter(([name]) => !['opensAt', 'closesAt', 'timeZone', ...names].includes(name)),
  ) as Omit<Input, keyof TimesInput>;
  const timeZone = typeof input.timeZone === 'string' ? readTimeZone(input.timeZone) : input.timeZone;
  if (timeZone === null && input.timeZone !== null) report('timeZone', 'must be an IANA time zone such as Asia/Seoul');

  const read = (field: Exclude<keyof TimesInput, 'timeZone'>): number | null | undefined => {
    const text = input[field];
    if (typeof text !== 'string') return text;
    const time = readTime(text, input.timeZone);
    if (time.ok) return time.ms;
    report(field, time.problem);
    return undefined;
  };
  const opensAtMs = read('opensAt') ?? undefined;
  const closesAtMs = read('closesAt');
  if (opensAtMs !== undefined && typeof closesAtMs === 'number' && closesAtMs <= opensAtMs) {
    report('closesAt', 'must be after opensAt');
  }
  const others = Object.fromEntries(timeFields.map((name) => [name, read(wireName(name))]));
  return { times: { ...others, opensAtMs, closesAtMs, timeZone }, rest };
}

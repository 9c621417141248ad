import type { z } from 'zod';
import { earlyEndIssues, openingIssues, windowIssues } from '../core/changes/change-rules.ts';
import { timeFields, wireName, type TimeField, type WireName } from '../core/events/event-fields.ts';
import { issueOf } from '../core/messages/zod-issues.ts';
import { say } from '../core/messages/message.ts';
import type { FaultIssue } from '../core/runtime/fault.ts';
import { readTime, readTimeZone } from '../core/runtime/local-time.ts';

type TimesInput = {
  opensAt?: string | undefined;
  closesAt?: string | null | undefined;
  timeZone?: string | null | undefined;
} & { [Name in TimeField as WireName<Name>]?: string | null | undefined };

/** Absent fields stay absent; `null` removes a value. */
export type EventTimes = {
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  timeZone?: string | null | undefined;
} & { [Name in TimeField]?: number | null | undefined };

/** What the times belong to: a new event, a new round, or a change. */
type Purpose = 'create' | 'reset' | 'update';

/** Takes the times out of an input that has passed `checkEventTimes`, and parses them. `rest` has the other fields. */
export function readEventTimes<Input extends TimesInput>(
  input: Input,
): { times: EventTimes; rest: Omit<Input, keyof TimesInput> } {
  const rest = Object.fromEntries(
    Object.entries(input).filter(([name]) => !['opensAt', 'closesAt', 'timeZone', ...otherTimes].includes(name)),
  ) as Omit<Input, keyof TimesInput>;
  const timeZone = typeof input.timeZone === 'string' ? readTimeZone(input.timeZone) : input.timeZone;
  return { times: { ...readTimes(input).times, timeZone }, rest };
}

/** Checks an input's times even if other fields are wrong, so that callers see all mistakes at once. */
export const checkEventTimes = (
  purpose: Purpose,
): [
  check: (input: unknown, context: z.RefinementCtx) => void,
  when: { when: (payload: z.core.ParsePayload) => boolean },
] => [
  (input, context) => {
    const given = Object.fromEntries(
      Object.entries(input as object).filter(([, value]) => value === null || typeof value === 'string'),
    ) as TimesInput;
    const { times, issues } = readTimes(given);
    const isRefused = context.issues.length > 0 || issues.length > 0;
    for (const { path, message, code = '', params = {} } of [
      ...issues,
      ...(isRefused ? togetherIssues(times, purpose) : []),
    ]) {
      context.addIssue(issueOf(path, { code, params, message }));
    }
  },
  { when: ({ value }) => typeof value === 'object' && value !== null },
];

const otherTimes = timeFields.map(wireName);

/** Returns the valid times, and the issues of the invalid times. */
function readTimes(input: TimesInput): { times: Omit<EventTimes, 'timeZone'>; issues: FaultIssue[] } {
  const issues: FaultIssue[] = [];
  if (typeof input.timeZone === 'string' && readTimeZone(input.timeZone) === null) {
    issues.push({ path: ['timeZone'], ...say('time_zone') });
  }
  const read = (field: Exclude<keyof TimesInput, 'timeZone'>): number | null | undefined => {
    const text = input[field];
    if (typeof text !== 'string') return text;
    const time = readTime(text, input.timeZone);
    if (time.ok) return time.ms;
    issues.push({ path: [field], ...time.problem });
    return undefined;
  };
  const window = { opensAtMs: read('opensAt') ?? undefined, closesAtMs: read('closesAt') };
  return {
    times: { ...Object.fromEntries(timeFields.map((name) => [name, read(wireName(name))])), ...window },
    issues,
  };
}

/**
 * Returns the issues of times that are valid on their own but contradict each other. Used only if the input is refused
 * for another reason; otherwise core checks the same rules.
 */
function togetherIssues(
  { opensAtMs, closesAtMs, validUntilMs }: Omit<EventTimes, 'timeZone'>,
  purpose: Purpose,
): FaultIssue[] {
  if (opensAtMs === undefined) return [];
  const past = purpose === 'update' ? [] : openingIssues(opensAtMs, Date.now());
  const early =
    purpose === 'create' && validUntilMs !== undefined
      ? earlyEndIssues({ validUntilMs }, { opensAtMs, closesAtMs: closesAtMs ?? null, validUntilMs })
      : [];
  return [...past, ...windowIssues(opensAtMs, closesAtMs ?? null), ...early];
}

import type { z } from 'zod';
import { readTime, readTimeZone } from '../core/runtime/local-time.ts';

type TimesInput = {
  opensAt?: string | undefined;
  closesAt?: string | null | undefined;
  timeZone?: string | null | undefined;
};

/** Fields that were absent stay absent; `null` takes a value away. */
export type EventTimes = {
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  timeZone?: string | null | undefined;
};

/** Reads the times of an event, and reports each that can't be read, and a closing that is not after the opening. */
export function readEventTimes(input: TimesInput, context: z.RefinementCtx): EventTimes {
  const report = (field: keyof TimesInput, message: string): void => {
    context.addIssue({ code: 'custom', path: [field], message });
  };
  const timeZone = typeof input.timeZone === 'string' ? readTimeZone(input.timeZone) : input.timeZone;
  if (timeZone === null && input.timeZone !== null) report('timeZone', 'must be an IANA time zone such as Asia/Seoul');

  const read = (field: 'opensAt' | 'closesAt'): number | undefined => {
    const text = input[field];
    if (typeof text !== 'string') return undefined;
    const time = readTime(text, input.timeZone);
    if (time.ok) return time.ms;
    report(field, time.problem);
    return undefined;
  };
  const opensAtMs = read('opensAt');
  const closesAtMs = input.closesAt === null ? null : read('closesAt');
  if (opensAtMs !== undefined && typeof closesAtMs === 'number' && closesAtMs <= opensAtMs) {
    report('closesAt', 'must be after opensAt');
  }
  return { opensAtMs, closesAtMs, timeZone };
}

import { readRelativeTime, readTime, readTimeZone } from '../core/runtime/local-time.ts';
import { oneLine } from './plain-text.ts';
import { UsageError } from './usage-error.ts';

/**
 * Parses the value of `flag`: a time with an offset, a local time in `timeZone`, `now`, or `+10m` from `nowMs`. Throws
 * a `UsageError` that says what to type.
 */
export function parseInstant(
  text: string,
  { flag, timeZone, nowMs }: { flag: string; timeZone: string | null; nowMs: number },
): number {
  const ahead = readRelativeTime(text, nowMs);
  if (ahead !== null) return ahead;
  const read = readTime(text, timeZone);
  if (read.ok) return read.ms;
  const problem = read.problem.message.replace('a timeZone', '--time-zone with a zone');
  const forms = isLocal(text) || /\d{4}/.test(text) ? '' : ', or now, or a relative time such as +10m (s, m, h, d)';
  throw new UsageError(`${flag} '${oneLine(text)}' ${problem}${forms}.`);
}

/** Whether `text` is a valid date and time without an offset. */
export function isLocal(text: string): boolean {
  return !readTime(text).ok && readTime(text, 'UTC').ok;
}

/** Returns the canonical spelling of a zone. Throws `UsageError` if there is no such zone. */
export function parseTimeZone(name: string): string {
  const zone = readTimeZone(name);
  if (zone === null)
    throw new UsageError(`--time-zone '${oneLine(name)}' is not a time zone; give a name such as Asia/Seoul.`);
  return zone;
}

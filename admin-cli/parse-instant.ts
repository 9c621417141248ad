import { readRelativeTime, readTime, readTimeZone } from '../core/runtime/local-time.ts';
import { oneLine } from './plain-text.ts';
import { UsageError } from './usage-error.ts';

/**
 * The moment that was typed behind `flag`: with an offset, local in `timeZone`, `now`, or ahead of `nowMs` (`+10m`).
 * Throws `UsageError` with what to type instead.
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
  const forms = isLocal(text) || /\d{4}/.test(text) ? '' : ', or now, or ahead such as +10m (s, m, h, d)';
  throw new UsageError(`${flag} '${oneLine(text)}' ${problem}${forms}.`);
}

/** Whether `text` is a date and time that only a zone turns into a moment. */
export function isLocal(text: string): boolean {
  return !readTime(text).ok && readTime(text, 'UTC').ok;
}

/** The zone that was typed behind `--time-zone`, in its usual spelling. Throws `UsageError` when there is none. */
export function parseTimeZone(name: string): string {
  const zone = readTimeZone(name);
  if (zone === null)
    throw new UsageError(`--time-zone '${oneLine(name)}' is not a time zone; give a name such as Asia/Seoul.`);
  return zone;
}

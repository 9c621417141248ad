/** Formats an instant in `timeZone`: `2027-10-01 10:00:00 +09:00 (Asia/Seoul)`, with milliseconds if there are any. */
export function formatInstant(ms: number, timeZone: string): string {
  const { date, time, offset } = localParts(ms, timeZone);
  const fraction = ms % 1_000 === 0 ? '' : `.${String(((ms % 1_000) + 1_000) % 1_000).padStart(3, '0')}`;
  return `${date} ${time}${fraction} ${offset} (${timeZone})`;
}

/** Formats an instant in short form: `2027-10-01 10:00 +09:00`. */
export function formatInstantShort(ms: number, timeZone: string): string {
  const { date, time, offset } = localParts(ms, timeZone);
  return `${date} ${time.endsWith(':00') ? time.slice(0, -3) : time} ${offset}`;
}

/**
 * Formats the time from `nowMs` to `ms`: `in 3 h`, `in 2 d 4 h`, `5 min ago`, or `now` if it is less than half a
 * second.
 */
export function formatDistance(ms: number, nowMs: number): string {
  const seconds = Math.round(Math.abs(ms - nowMs) / 1_000);
  if (seconds === 0) return 'now';
  return ms > nowMs ? `in ${formatSeconds(seconds)}` : `${formatSeconds(seconds)} ago`;
}

/** Formats a duration: `7 ms`, `1.2 s`, `3 min 5 s`. */
export function formatSpan(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : formatSeconds(Math.round(ms / 1_000));
}

/** Formats the time of day in `timeZone`: `10:00:03 +09:00`. */
export function formatTimeOfDay(ms: number, timeZone: string): string {
  const { time, offset } = localParts(ms, timeZone);
  return `${time} ${offset}`;
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Shows the largest unit and the one below it, rounded. */
function formatSeconds(seconds: number): string {
  const largest = units.findIndex(([, length]) => seconds >= length);
  const [, precision] = units[largest + 1] ?? ['s', 1];
  let left = Math.round(seconds / precision) * precision;
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ');
}

function localParts(ms: number, timeZone: string): { date: string; time: string; offset: string } {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  // Intl writes UTC as `GMT` without an offset.
  const offset = (part['timeZoneName'] ?? '').replace('GMT', '') || '+00:00';
  return {
    date: `${part['year']}-${part['month']}-${part['day']}`,
    time: `${part['hour']}:${part['minute']}:${part['second']}`,
    offset,
  };
}

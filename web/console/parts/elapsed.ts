/** Formats a duration in at most two units, such as "0.204 sec", "12 min 5 sec" or "3 hr 20 min". */
export function formatElapsed(language: string, ms: number): string {
  const seconds = Math.abs(ms) / 1_000;
  const whole = Math.round(seconds);
  if (whole < 60) return inUnit(language, 'second', seconds, seconds < 10 ? 3 : 1);
  if (whole < 3_600) return pair(language, ['minute', Math.floor(whole / 60)], ['second', whole % 60]);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return pair(language, ['hour', Math.floor(minutes / 60)], ['minute', minutes % 60]);
  const hours = Math.round(seconds / 3_600);
  return pair(language, ['day', Math.floor(hours / 24)], ['hour', hours % 24]);
}

type Unit = 'second' | 'minute' | 'hour' | 'day';

const inUnit = (language: string, unit: Unit, value: number, digits = 0): string =>
  new Intl.NumberFormat(language, {
    ...{ style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits },
  }).format(value);

function pair(language: string, [unit, value]: [Unit, number], [smaller, rest]: [Unit, number]): string {
  const first = inUnit(language, unit, value);
  return rest === 0 ? first : `${first} ${inUnit(language, smaller, rest)}`;
}

/** Formats a time of day to the millisecond, in the reader's zone. */
export const formatInstant = (language: string, ms: number): string =>
  new Intl.DateTimeFormat(language, {
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' },
  }).format(ms);

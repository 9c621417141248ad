/**
 * If the plotted span is at most this long, ticks are labelled with the time since the opening, otherwise with the time
 * of day.
 */
const sinceMaxMs = 120_000;

export const isShortSpan = (fromMs: number, toMs: number): boolean => toMs - fromMs <= sinceMaxMs;

/** Steps of 1, 2 and 5 times a power of ten, from 1 ms to 50 s. */
export const shortSteps = [-3, -2, -1, 0, 1].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));

/** Steps for times of day: seconds, minutes, hours and days that divide the next unit evenly. */
export const clockSteps = [1, 2, 5, 10, 15, 30].concat(
  [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  [1, 2, 3, 6, 12].map((hours) => hours * 3_600),
  [1, 2, 7, 14, 28, 91, 364].map((days) => days * 86_400),
);

/**
 * Labels the ticks of a time axis. `splits` are seconds since `originMs`. No label appears twice: ticks less than a
 * second apart get enough decimals to differ, and a tick whose label would equal its neighbour's gets none.
 */
export function axisLabels(
  splits: readonly number[],
  { language, originMs, isShort }: { language: string; originMs: number; isShort: boolean },
): string[] {
  const step = Math.min(...splits.slice(1).map((split, at) => split - (splits[at] ?? split)));
  const label = isShort ? sinceLabel(language, step) : timeLabel(language, originMs, step);
  const labels = splits.map(label);
  return labels.map((text, at) => (text === labels[at - 1] ? '' : text));
}

function sinceLabel(language: string, step: number): (second: number) => string {
  const isWhole = (digits: number): boolean => Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6;
  const digits = [0, 1, 2].find(isWhole) ?? 3;
  const format = new Intl.NumberFormat(language, {
    ...{ style: 'unit', unit: 'second', unitDisplay: 'narrow' },
    ...{ minimumFractionDigits: digits, maximumFractionDigits: digits },
  });
  return (second) => format.format(second);
}

function timeLabel(language: string, originMs: number, step: number): (second: number) => string {
  const isDays = step >= 86_400;
  const format = new Intl.DateTimeFormat(
    language,
    isDays
      ? { month: 'numeric', day: 'numeric' }
      : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(step < 60 && { second: '2-digit' }) },
  );
  return (second) => format.format(originMs + second * 1_000);
}

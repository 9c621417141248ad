/** A figure and its target. `value` is null if it could not be measured. */
export type Target = { name: string; unit: string; value: number | null; target: number; want: 'at least' | 'at most' };

export function isReached({ value, target, want }: Target): boolean {
  if (value === null) return false;
  return want === 'at least' ? value >= target : value <= target;
}

/** Formats the verdict: `at least 0.4: reached`, or `at most 150: missed by 12.3`. */
export function targetWords(target: Target): string {
  const goal = `${target.want} ${target.target}`;
  if (target.value === null) return `${goal}: not measured`;
  if (isReached(target)) return `${goal}: reached`;
  return `${goal}: missed by ${roundTo(Math.abs(target.value - target.target))}`;
}

export const reachedWords = ({ value, unit }: Target): string =>
  value === null ? 'not measured' : `${roundTo(value)} ${unit}`.trim();

/** Rounds to three significant digits, but keeps all digits before the decimal point. */
export function roundTo(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(Math.min(digits, 6));
  return Math.abs(value) >= 1_000 ? Number(text).toLocaleString('en') : text;
}

/** Returns the middle value or, for an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}

/**
 * Returns the highest count within any 1 s, from counts per 100 ms. If they cover less than a second, returns their
 * sum.
 */
export function busiestSecond(tenths: number[]): number {
  let most = 0;
  let sum = 0;
  tenths.forEach((count, i) => {
    sum += count - (tenths[i - 10] ?? 0);
    most = Math.max(most, sum);
  });
  return most;
}

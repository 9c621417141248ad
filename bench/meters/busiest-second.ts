/** The most that happened within any 1 s, of counts for each 100 ms. Less than a second of counts: their sum. */
export function busiestSecond(tenths: number[]): number {
  let most = 0;
  let sum = 0;
  tenths.forEach((count, i) => {
    sum += count - (tenths[i - 10] ?? 0);
    most = Math.max(most, sum);
  });
  return most;
}

/** The average increase per second of a counter, over as many scrapes as Grafana thinks right. */
export const rate = (counter: string): string => `rate(${counter}[$__rate_interval])`;

/** A quantile of a histogram. `by` keeps apart the series with different values of these labels. */
export function quantile(q: number, histogram: string, by: readonly string[] = []): string {
  const [, name = '', labels = ''] = /^(\w+)(\{.*\})?$/.exec(histogram) ?? [];
  return `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (${rate(`${name}_bucket${labels}`)}))`;
}

/** The average of what a histogram observed. */
export const average = (histogram: string): string =>
  `sum(${rate(`${histogram}_sum`)}) / sum(${rate(`${histogram}_count`)})`;

/** The times that half, and that 99 of 100, observations don't exceed. */
export const halfAndMost = (histogram: string): { expr: string; legend: string }[] => [
  { expr: quantile(0.5, histogram), legend: 'half within' },
  { expr: quantile(0.99, histogram), legend: '99% within' },
];

import type { CallFigures } from './call-figures.ts';

/** The limits that calls must meet under load. In addition, no call may fail; a refusal is not a failure. */
export type Thresholds = {
  p99Ms: number;
  /** The largest share of calls that may get 429 or 503, which mean "try again". */
  putOffShareMax: number;
};

/** Describes each threshold that these calls missed. */
export function missedThresholds(figures: CallFigures, { p99Ms, putOffShareMax }: Thresholds): string[] {
  const { calls, failed, failures, busy, unavailable, latency } = figures;
  const missed: string[] = [];
  if (calls === 0) missed.push('nothing was sent');
  if (failed > 0) missed.push(`${failed} of ${calls} calls failed (${failures.join('; ')})`);
  if (busy + unavailable > putOffShareMax * calls) {
    missed.push(
      `${share(busy + unavailable, calls)} of the calls were put off (${busy} busy, ${unavailable} unavailable), ` +
        `more than ${share(putOffShareMax, 1)}`,
    );
  }
  if (latency.p99Ms > p99Ms) missed.push(`p99 was ${latency.p99Ms.toFixed(0)} ms, above ${p99Ms} ms`);
  return missed;
}

/**
 * If Artillery sent a smaller share of the planned users than this, a span's figures say nothing about the planned
 * rate.
 */
const sentShareLeast = 0.95;

/** Returns a message if Artillery sent clearly fewer users than planned, otherwise null. */
export function missedArrivals(
  { arrivals }: Pick<CallFigures, 'arrivals'>,
  due: { rate: number; seconds: number },
): string | null {
  const users = due.rate * due.seconds;
  return arrivals >= sentShareLeast * users ? null : `Artillery sent only ${arrivals} of the ${users} users in time`;
}

const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)}%`;

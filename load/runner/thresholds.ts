import type { CallFigures } from './call-figures.ts';

/** The limits within which calls must stay under load. No call may fail; a refusal is an answer, not a failure. */
export type Thresholds = {
  p99Ms: number;
  /** The share of the calls that may be put off with 429 or 503, which mean "try again". */
  putOffShareMax: number;
};

/** Describes each threshold that these calls missed. Empty if all thresholds held. */
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
 * The share of the planned users that Artillery must have sent. If it sent fewer, a span says nothing about its nominal
 * rate.
 */
const sentShareLeast = 0.95;

/**
 * Returns a message if Artillery sent clearly fewer users than planned, which is not the system's fault. Otherwise
 * returns null.
 */
export function missedArrivals(
  { arrivals }: Pick<CallFigures, 'arrivals'>,
  due: { rate: number; seconds: number },
): string | null {
  const users = due.rate * due.seconds;
  return arrivals >= sentShareLeast * users ? null : `Artillery sent only ${arrivals} of the ${users} users in time`;
}

const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)}%`;

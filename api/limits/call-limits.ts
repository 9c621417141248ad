import type { IncomingMessage } from 'node:http';
import type { LimitName } from '../../core/limits/over-limit.ts';
import { SlidingWindow, type Rate } from '../../core/limits/sliding-window.ts';
import type { Lane } from '../../core/metrics/metric.ts';
import { createCallerAddress } from './caller-address.ts';

/** Which of a user's two limits a call is charged to. */
export type CallKind = 'claims' | 'reads';

/** How many calls each limit allows. */
export type CallRates = { address: Rate; claims: Rate; reads: Rate };

/**
 * Limits calls in this process. Each method charges as many of a request's calls as its limit allows, and returns how
 * many those are. Refused calls are not charged, but the metrics count them.
 */
export type CallLimits = {
  ofUser(lane: Lane, userId: string, kind: CallKind, calls: number): number;
  /** For calls without a user: calls without a token, and calls whose token is refused. */
  ofAddress(lane: Lane, req: IncomingMessage, calls: number): number;
};

export type CallLimitsOptions = {
  rates: CallRates;
  trustedProxies: readonly string[];
  observe: (fact: { limit: LimitName; lane: Lane; calls: number }) => void;
  /** A monotonic clock in ms, which is never negative. */
  nowMs?: () => number;
};

export const limitOfKind = { claims: 'user_claims', reads: 'user_reads' } as const satisfies Record<
  CallKind,
  LimitName
>;

export function createCallLimits(options: CallLimitsOptions): CallLimits {
  const { rates, trustedProxies, observe, nowMs = () => performance.now() } = options;
  const ofKind = { claims: new SlidingWindow(rates.claims), reads: new SlidingWindow(rates.reads) };
  const addresses = new SlidingWindow(rates.address);
  const addressOf = createCallerAddress(trustedProxies);

  const noted = (limit: LimitName, lane: Lane, calls: number, passed: number): number => {
    if (passed < calls) observe({ limit, lane, calls: calls - passed });
    return passed;
  };
  return {
    ofUser: (lane, userId, kind, calls) =>
      noted(limitOfKind[kind], lane, calls, ofKind[kind].take(userId, calls, nowMs())),
    ofAddress: (lane, req, calls) => noted('address', lane, calls, addresses.take(addressOf(req), calls, nowMs())),
  };
}

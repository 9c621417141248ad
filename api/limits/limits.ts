import type { IncomingMessage } from 'node:http';
import type { Facts } from '../../core/metrics/metric.ts';
import type { Env } from '../../core/settings/env.ts';
import { createAttempts, type Attempts } from './attempts.ts';
import { createCallerAddress } from './caller-address.ts';
import { createCallLimits, type CallLimits } from './call-limits.ts';

/** The limits of an API process. docs/flow-control.md describes them. */
export type Limits = {
  calls: CallLimits;
  /** Limits failed sign-ins to the admin pages, by address. */
  signIns: Attempts;
  /** Limits look-ups of single claims, by admin. */
  lookUps: Attempts;
  /** Returns the address to which a request without a user is charged. */
  addressOf: (req: IncomingMessage) => string;
};

const addressWindowMs = 10_000;
const userWindowMs = 2_000;
const signIns = { max: 10, seconds: 60 };
const lookUps = { max: 60, seconds: 60 };

/** Returns null if the limits are off. */
export function createLimits(
  { limits, trustedProxies }: Pick<Env, 'limits' | 'trustedProxies'>,
  observe: (fact: Facts['callsLimited']) => void,
  nowMs?: () => number,
): Limits | null {
  if (limits === null) return null;
  const rates = {
    address: { max: limits.addressCalls, windowMs: addressWindowMs },
    claims: { max: limits.userClaims, windowMs: userWindowMs },
    reads: { max: limits.userReads, windowMs: userWindowMs },
  };
  return {
    calls: createCallLimits({ rates, trustedProxies, observe, ...(nowMs && { nowMs }) }),
    signIns: createAttempts('sign_in', signIns, () => observe({ limit: 'sign_in', lane: 'stock', calls: 1 })),
    lookUps: createAttempts('look_ups', lookUps, () => observe({ limit: 'look_ups', lane: 'stock', calls: 1 })),
    addressOf: createCallerAddress(trustedProxies),
  };
}

import type { EventAdmin } from '../core/admin/event-admin.ts';

/** Why a call is made, for the audit trail. The caller's identity comes from the token. */
export type Why = { reason?: string | undefined };

type Asked<F> = F extends (...args: infer Args) => infer Answer
  ? Args extends [infer Input, unknown, ...infer More]
    ? (input: Input, why: Why, ...more: More) => Answer
    : F
  : never;

/**
 * The functions that commands call. They are core's functions for admins, but take the reason for the call instead of
 * the caller.
 */
export type RemoteAdmin = { [Name in keyof EventAdmin]: Asked<EventAdmin[Name]> };

/** The system that commands work on. */
export type ApiClient = {
  admin: RemoteAdmin;
  /** The clock that decides claims. */
  clock: { nowMs(): number };
};

import type { EventAdmin } from '../core/admin/event-admin.ts';

/**
 * The reason for a call, for the audit trail. The caller's name is not here, because the token identifies the caller.
 */
export type Why = { reason?: string | undefined };

type Asked<F> = F extends (...args: infer Args) => infer Answer
  ? Args extends [infer Input, unknown, ...infer More]
    ? (input: Input, why: Why, ...more: More) => Answer
    : F
  : never;

/** Core's functions for admins. Each takes the reason for the call instead of the caller. */
export type RemoteAdmin = { [Name in keyof EventAdmin]: Asked<EventAdmin[Name]> };

export type ApiClient = {
  admin: RemoteAdmin;
  /** The clock that decides claims. */
  clock: { nowMs(): number };
};

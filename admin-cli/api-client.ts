import type { EventAdmin } from '../core/admin/event-admin.ts';

/** Why a call is made, for the audit trail. The token says who makes it. */
export type Why = { reason?: string | undefined };

type Asked<F> = F extends (...args: infer Args) => infer Answer
  ? Args extends [infer Input, unknown, ...infer More]
    ? (input: Input, why: Why, ...more: More) => Answer
    : F
  : never;

/** The API's functions for commands: core's functions for admins, with the reason in place of the caller. */
export type RemoteAdmin = { [Name in keyof EventAdmin]: Asked<EventAdmin[Name]> };

/** What commands need of the system they work on. */
export type ApiClient = {
  admin: RemoteAdmin;
  /** The clock that decides claims. */
  clock: { nowMs(): number };
};

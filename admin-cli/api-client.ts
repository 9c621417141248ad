import type { EventAdmin } from '../core/admin/event-admin.ts';

/** Why somebody asks, for the audit trail. Who asks is said by the token. */
export type Why = { reason?: string | undefined };

type Asked<F> = F extends (...args: infer Args) => infer Answer
  ? Args extends [infer Input, unknown, ...infer More]
    ? (input: Input, why: Why, ...more: More) => Answer
    : F
  : never;

/** What commands ask of the API: core's functions for admins, with why in place of who. */
export type RemoteAdmin = { [Name in keyof EventAdmin]: Asked<EventAdmin[Name]> };

/** What commands need of the system they work on. */
export type ApiClient = {
  admin: RemoteAdmin;
  /** The clock that decides claims. */
  clock: { nowMs(): number };
};

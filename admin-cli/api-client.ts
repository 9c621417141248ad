import type { EventAdmin } from '../core/admin/event-admin.ts';
import type { SaleReader } from '../core/admin/sale-reader.ts';

/**
 * The reason for a call, for the audit trail. The caller's name is not here, because the token identifies the caller.
 */
export type Why = { reason?: string | undefined };

type Asked<F> = F extends (...args: infer Args) => infer Answer
  ? Args extends [infer Input, unknown, ...infer More]
    ? (input: Input, why: Why, ...more: More) => Answer
    : F
  : never;

/**
 * Core's functions for admins, with the reason for the call instead of the caller. Only the console searches events and
 * watches the course of a sale.
 */
export type RemoteAdmin = { [Name in Exclude<keyof EventAdmin, 'search' | keyof SaleReader>]: Asked<EventAdmin[Name]> };

export type ApiClient = {
  admin: RemoteAdmin;
  /** The clock that decides claims. */
  clock: { nowMs(): number };
};

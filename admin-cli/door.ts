import type { EventAdmin } from '../core/admin/event-admin.ts';

/** What commands need of the system they work on: opened over its stores, or through its HTTP. */
export type Door = {
  admin: EventAdmin;
  /** The clock that decides claims. */
  clock: { nowMs(): number };
  close(): Promise<void>;
};

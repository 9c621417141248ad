import type { Claims, EventAdmin, Events } from '../core/platform.ts';
import type { Caller } from './token.ts';
import type { ObserveClaim } from './submit-claim.ts';

/** What procedures work with. */
export type Services = {
  claims: Claims;
  events: Events;
  admin: EventAdmin;
  /** The clock that opens events, as this process estimates it. */
  clock: { nowMs(): number };
  observeClaim: ObserveClaim;
};

/** A request: the services, and who calls. */
export type Context = Services & {
  /** Who calls. Throws `UNAUTHORIZED` unless a good token came with the request. */
  caller(): Caller;
};

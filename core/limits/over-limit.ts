import { say } from '../messages/message.ts';
import { Fault, withoutStack } from '../runtime/fault.ts';

/**
 * The name of each limit. `address`: calls without a valid token. `user_claims` and `user_reads`: a user's calls in one
 * process. `event_tries`: a user's claims for one event, across all processes. `sign_in`: failed sign-ins to the admin
 * pages. `look_ups`: an admin's look-ups of single claims.
 */
export const limitNames = ['address', 'user_claims', 'user_reads', 'event_tries', 'sign_in', 'look_ups'] as const;
export type LimitName = (typeof limitNames)[number];

/** A limit refused the call. Nothing was decided, and the call was not charged. */
export class OverLimit extends Fault {
  readonly limit: LimitName;
  /** How long to wait before the same call may pass. */
  readonly retryAfterMs: number;

  constructor(limit: LimitName, retryAfterMs: number) {
    super('busy', say('over_limit', { limit }));
    this.name = 'OverLimit';
    this.limit = limit;
    this.retryAfterMs = retryAfterMs;
  }
}

export const overLimit = (limit: LimitName, retryAfterMs = 1_000): OverLimit =>
  withoutStack(() => new OverLimit(limit, retryAfterMs));

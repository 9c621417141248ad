import type { CodeRules } from '../core/access/shown-codes.ts';
import type { EventAdmin } from '../core/admin/event-admin.ts';
import type { ApprovalLimits } from '../core/changes/approval.ts';
import type { Claims } from '../core/engines/claims.ts';
import type { Line } from '../core/engines/line/line.ts';
import type { ReconcileOptions } from '../core/reconcile/report.ts';
import type { Events } from '../core/views/public-events.ts';
import type { Attempts } from './limits/attempts.ts';
import type { Spend } from './limits/spend.ts';
import type { ObserveClaim } from './submit-claim.ts';
import type { Caller, User } from './token.ts';

/** The services that procedures use. */
export type Services = {
  claims: Claims;
  line: Line;
  events: Events;
  admin: EventAdmin;
  /** The clock that opens events, as this process estimates it. */
  clock: { nowMs(eventId?: string): number };
  observeClaim: ObserveClaim;
  rules: Rules;
  /** Limits look-ups of single claims, by admin. Null if they are not limited. */
  lookUps: Attempts | null;
};

/** The settings of the system that admins need to know. */
export type Rules = { approvals: ApprovalLimits; seedLeadMs: number; codes: CodeRules };

/** Lets a long call report its progress, and notice when it should end. */
export type Progress = Required<ReconcileOptions>;

export type Context = Services & {
  /** Resolves to the calling user. Rejects with `UNAUTHORIZED` unless the request has a valid token. */
  user(): Promise<User>;
  /**
   * Resolves to the caller, a user or a machine. Rejects with `UNAUTHORIZED` unless the request has a valid token or
   * API key.
   */
  caller(): Promise<Caller>;
  /** Uses up one of the calls that the request may make; undefined if nothing limits it. Throws `OverLimit`. */
  spend: Spend | undefined;
  /** Where a long call reports its progress; undefined if its caller did not ask for progress. */
  progress: Progress | undefined;
  /** All procedures, by path. */
  procedures: readonly string[];
};

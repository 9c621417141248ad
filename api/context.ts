import type { CodeRules } from '../core/access/shown-codes.ts';
import type { EventAdmin } from '../core/admin/event-admin.ts';
import type { ApprovalLimits } from '../core/changes/approval.ts';
import type { Claims } from '../core/engines/claims.ts';
import type { ReconcileOptions } from '../core/reconcile/report.ts';
import type { Events } from '../core/views/public-events.ts';
import type { ObserveClaim } from './submit-claim.ts';
import type { Caller, User } from './token.ts';

/** What procedures work with. */
export type Services = {
  claims: Claims;
  events: Events;
  admin: EventAdmin;
  /** The clock that opens events, as this process estimates it. */
  clock: { nowMs(): number };
  observeClaim: ObserveClaim;
  rules: Rules;
};

/** What this system is set to, as far as its admins have to know. */
export type Rules = { approvals: ApprovalLimits; seedLeadMs: number; codes: CodeRules };

/** How a long call tells its caller how far it is, and learns that it should end. */
export type Progress = Required<ReconcileOptions>;

/** A request: the services, and who calls. */
export type Context = Services & {
  /** The user who calls. Rejects with `UNAUTHORIZED` unless a good token came with the request. */
  user(): Promise<User>;
  /** Who calls, user or machine. Rejects with `UNAUTHORIZED` unless a good token or API key came with the request. */
  caller(): Promise<Caller>;
  /** Where a long call tells how far it is; undefined when its caller does not want to hear it. */
  progress: Progress | undefined;
  /** All that can be called here, by its path. */
  procedures: readonly string[];
};

import type { ShownCodes } from './access/shown-codes.ts';
import type { ApiKeyDesk } from './admin/api-key-desk.ts';
import type { AuditTrail } from './admin/audit-trail.ts';
import type { FaultDesk } from './admin/fault-desk.ts';
import type { ClaimProof, ClaimRestored, ClaimStory } from './claim-story.ts';
import type { Claim, ClaimOutcome, HeldClaim } from './claim.ts';
import type { AdminEventView, EventView, StrategyName } from './event.ts';
import type { MetricsExport } from './metrics/metrics-export.ts';
import type { Reconciled, ReconcileInput, WatchReconcile } from './reconcile/report.ts';

/** Who changes something, for the audit trail. */
export type Actor = {
  name: string;
  role: 'viewer' | 'operator' | 'admin' | null;
  /** The API key that it is; absent for people. */
  keyId?: string;
  door: 'api' | 'cli' | 'worker';
  reason?: string;
};

export type ListedClaim = HeldClaim & { eventId: string; eventName: string; amount: number; currency: string };
export type AdminClaim = Claim & {
  eventId: string;
  userId: string;
  state: 'accepted' | 'persisted';
  persistedAtMs: number | null;
};

/** What users do with claims. */
export interface Claims {
  /** Decides or replays. Throws a `Fault`: `not_found`, `busy`, `unavailable`, `gate_lost`, `overloaded`. */
  submit(eventId: string, userId: string): Promise<ClaimOutcome>;
  /** The user's claim of the current round. Never null only because a store is down: then it throws `unavailable`. */
  mine(eventId: string, userId: string): Promise<HeldClaim | null>;
  /** The user's claims of all events and rounds, newest first, at most 100. */
  list(userId: string): Promise<ListedClaim[]>;
}

/** What everybody may read of events. */
export interface Events {
  /** Listed events in every phase but `closed`, by opening time, at most 100. */
  list(): Promise<EventView[]>;
  /** Throws `not_found`; `busy` where too many unknown ids are asked for. Answers seeded `redis-stream` events without MySQL. */
  get(eventId: string): Promise<EventView>;
}

export type CreateEventInput = {
  name: string;
  amount: number;
  stock: number;
  opensAtMs: number;
  closesAtMs?: number | null | undefined;
  currency: string;
  strategy: StrategyName;
  timeZone?: string | null | undefined;
  description: string;
  listed: boolean;
  requestId?: string | undefined;
};

export type ChangeInput = { eventId: string; version?: number | undefined; requestId?: string | undefined };

export type ApproveInput = ChangeInput & { version: number };

/**
 * Absent fields stay as they are; `closesAtMs: null` takes the closing time away. A lower `stock` of an event that is open
 * wants `confirm`, the event's name as it is before the change.
 */
export type UpdateEventInput = ChangeInput &
  Partial<Omit<CreateEventInput, 'requestId'>> & { confirm?: string | undefined };

/**
 * With `fromSerial`, an event of `redis-stream` goes on from that serial: those below it that nobody has are kept for
 * people who can prove that they have them. Only while it is paused, above the counter, and within the stock.
 */
export type ResumeInput = ChangeInput & { fromSerial?: number | undefined };

export type TopUpInput = ChangeInput & { add: number };

/** `confirm` must be the event's name. What is absent stays as it was; `closesAtMs: null` takes the closing time away. */
export type ResetInput = ChangeInput & {
  confirm: string;
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  stock?: number | undefined;
};

/** Which claim is asked for: by its user, its serial or its code. Without a round, the current one (a code tells its own). */
export type ClaimQuery = { eventId: string; round?: number | undefined } & (
  { userId: string } | { serial: number } | { code: string }
);

/** What somebody shows who says that a claim is theirs. Without a round, whichever it fits. */
export type ClaimEvidence = {
  eventId: string;
  round?: number | undefined;
  userId: string;
  serial: number;
  code: string;
};

/**
 * What admins do with people's claims. A viewer sees codes masked. Every look leaves an audit row, written before anything
 * is shown; where codes are shown it says whether they were masked. Faults: `not_found`, `bad_request`, `unavailable`.
 */
export interface ClaimDesk {
  /** A user's claims, all rounds, of one event or of all. */
  findClaims(query: { userId: string; eventId?: string | undefined }, actor: Actor): Promise<AdminClaim[]>;
  /** Claims of a round (default: the current one) in serial order, from MySQL. */
  listClaims(query: ClaimsPageQuery, actor: Actor): Promise<AdminClaim[]>;
  /**
   * A page of an export: the same as `listClaims`, with the round that it is of, for the next page. An export has one
   * audit row, which says how far it got; a page that does not go on where one of the actor's stands begins another.
   */
  exportClaims(query: ClaimsPageQuery, actor: Actor): Promise<ExportedClaims>;
  /** What became of one claim, in both stores. */
  showClaim(query: ClaimQuery, actor: Actor): Promise<ClaimStory>;
  /** Whether serial and code were issued to the user by this system, whatever the stores still know of it. */
  verifyClaim(evidence: ClaimEvidence, actor: Actor): Promise<ClaimProof>;
  /**
   * Puts back a claim that its user can prove and that a store has lost, where nobody else has its serial. Safe to repeat.
   * Throws `conflict` where something has to be done first, which it says: a serial above the counter wants a pause, one
   * above the stock a top-up.
   */
  restoreClaim(evidence: ClaimEvidence, actor: Actor): Promise<ClaimRestored>;
}

/** A page of an export. `codes` says whether its codes are masked. */
export type ExportedClaims = { round: number; codes: ShownCodes['codes']; claims: AdminClaim[] };

export type ClaimsPageQuery = {
  eventId: string;
  round?: number | undefined;
  afterSerial?: number | undefined;
  limit: number;
};

/** What admins do with events. Every change leaves an audit row. Faults: `not_found`, `conflict`, `bad_request`, `busy`, `unavailable`, `gate_lost`. */
export interface EventAdmin extends ClaimDesk, FaultDesk, AuditTrail, MetricsExport, ApiKeyDesk {
  create(input: CreateEventInput, actor: Actor): Promise<AdminEventView>;
  get(eventId: string): Promise<AdminEventView>;
  /** All events, newest first. `cursor` is the `nextCursor` of the page before. */
  list(page: {
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ events: AdminEventView[]; nextCursor: string | null }>;
  update(input: UpdateEventInput, actor: Actor): Promise<AdminEventView>;
  pause(input: ChangeInput, actor: Actor): Promise<AdminEventView>;
  resume(input: ResumeInput, actor: Actor): Promise<AdminEventView>;
  close(input: ChangeInput, actor: Actor): Promise<AdminEventView>;
  topUp(input: TopUpInput, actor: Actor): Promise<AdminEventView>;
  /**
   * Approves an event that waits for it, at the version that is named; not by anybody who ever created or changed it, in
   * person or through an API key, nor after its opening.
   */
  approve(input: ApproveInput, actor: Actor): Promise<AdminEventView>;
  /**
   * Begins the event's next round, in any phase, also where its gate is lost: nobody has a claim in it. Claims of the rounds
   * before stay. It is paused unless a new opening lies ahead.
   */
  reset(input: ResetInput, actor: Actor): Promise<AdminEventView>;
  /** Compares Redis with MySQL, and on request repairs; `watch` hears how far it is. See `reconcileEvent`. */
  reconcile(input: ReconcileInput, actor: Actor, watch?: WatchReconcile): Promise<Reconciled>;
}

/** One readiness check. A `required` one that fails turns `/readyz` red; another is only shown. */
export type HealthCheck = { name: string; ok: boolean; required: boolean; detail: string };

export interface Health {
  /** Asks all parts, each with a short limit; never throws. */
  check(): Promise<HealthCheck[]>;
}

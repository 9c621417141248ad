import type { Redis } from 'ioredis';
import type { PromisedFault } from '../claims/claim-faults.ts';
import type { ClaimComparer } from '../compare/compare-claims.ts';
import type { DriftKind } from '../compare/drift-kind.ts';
import type { Finding, FindingLog } from '../compare/finding.ts';
import type { SerialSet } from '../compare/serial-set.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { SeedPlaces, SeedReply } from '../gate/gate-scripts.ts';
import type { Gate } from '../gate/gate.ts';
import type { MendedCounter, SeenGate } from '../gate/repair-scripts.ts';
import type { DrainAsker } from '../jobs/paced-drains.ts';
import type { Db, DbReader, DbTransaction } from '../mysql/open-db.ts';
import type { Stores } from '../stores/stores.ts';
import type { ClaimStrategy } from './claim-strategy.ts';
import type { FinishOptions, Verdict } from './finishing.ts';
import type { Gatekeeper, GateStanding } from './gate-standing.ts';
import type { EventLock } from './rows/event-lock.ts';
import type { LockQueue } from './rows/lock-queue.ts';

/** What the strategies of one process share. */
export type EngineProcess = {
  stores: Stores;
  gatekeeper: Gatekeeper;
  drains: DrainAsker;
  lock: EventLock;
  lockQueue: LockQueue;
};

/** A round's claim with the highest serial in MySQL; null if MySQL has no claim of the round. */
export type NewestClaim = { serial: number; claimedAtMs: number } | null;

/**
 * Everything that differs between ways of deciding claims. Each strategy has one engine, and no code outside the
 * engines asks which strategy an event has. Unless stated otherwise, `event.roundRow` is the event's current round, and
 * every method is safe to call twice and throws if a store does not answer.
 */
export interface RoundEngine {
  /** Opens the strategy in a process. */
  open(process: EngineProcess): ClaimStrategy;

  // What is known about a round.

  /**
   * The event's gate, whichever round the gate is in; null if there is none. A strategy without gates does not ask
   * Redis.
   */
  readGate(stores: Stores, eventId: string): Promise<Gate | null>;
  /** Whether the current round can take claims. `gate` is its gate, as the caller read it. */
  isSeeded(event: EventRow, gate: Gate | null): boolean;
  /** How many claims of the current round were issued, according to MySQL. */
  issuedInRows(db: DbReader, event: EventRow, newest: NewestClaim): Promise<number>;
  /** When the current round sold out, according to MySQL; null if MySQL does not show that it did. */
  soldOutAtMs(event: EventRow, newest: NewestClaim): number | null;
  /** How many claims of the current round MySQL has. Avoids counting millions of rows if possible. */
  storedClaims(db: DbReader, event: EventRow): Promise<number>;
  /** Claims that are accepted but not yet in MySQL. */
  waiting(stores: Stores, event: EventRow): Promise<WaitingClaims>;
  /** The claims that wait for MySQL, by serial. Reads only the oldest batches if many claims wait. */
  waitingList(stores: Stores, event: EventRow): Promise<WaitingClaim[]>;
  /** When the claims that wait for MySQL were decided, oldest first. Reads only a sample if many wait. */
  waitingTimes(stores: Stores, event: EventRow): Promise<WaitingTime[]>;
  /**
   * The highest serial that a retired round may have promised. When the round is rebuilt, it continues above that
   * serial.
   */
  counterOf(db: DbReader, event: EventRow): Promise<number>;
  /** The status of one round, including whether Redis has lost any of it. */
  status(stores: Stores, event: EventRow): Promise<RoundStatus>;
  /**
   * Why Redis is not asked for the round's claims: the strategy uses no Redis, or the round is retired. Null if Redis
   * is asked.
   */
  outOfRedis(event: EventRow): 'not_used' | 'retired' | null;
  /** Numbers that are being written to MySQL, and are promised to nobody yet. */
  undecided(stores: Stores, event: EventRow): Promise<UndecidedNumber[]>;
  /** Whether MySQL has all claims of a closed or sold-out round, according to the round's row. */
  isStored(event: EventRow): boolean;
  /** Whether MySQL has no claim of a verified round although the round's gate had given serials. */
  lacksAll(event: EventRow, newest: NewestClaim): boolean;
  /** Whether an operator has to act on the round's lost gate. */
  isAlarmingLoss(event: EventRow, nowMs: number): boolean;
  /** Whether a claim is promised before MySQL has it. */
  readonly persistsLater: boolean;
  /** Whether an operator has to act on claims that MySQL could not store. */
  mindsFaults(): boolean;

  // Changes by admins, in the transaction that holds the event's row.

  /**
   * Keeps claims from being stored until `tx` ends, if the strategy needs that. If MySQL decides claims, resolves to
   * MySQL's time and to how many claims were issued. Resolves to null if a gate decides, because the gate knows both.
   */
  holdClaims(tx: DbTransaction, event: EventRow): Promise<{ nowMs: number; issued: number } | null>;
  /**
   * Whether the gate could give a serial that a claim in MySQL already has. `storedSerial` is the highest serial in
   * MySQL.
   */
  repeatsSerials(gate: Gate, storedSerial: number): boolean;
  /** Throws `conflict` if an operator can't choose the serial from which the event resumes. */
  refuseOtherSerial(event: Pick<EventRow, 'eventId' | 'strategy'>): void;
  /** The next serial, if MySQL gives the serials; null if a gate does. */
  nextSerialInRows(tx: DbReader, event: EventRow): Promise<number | null>;
  /** Whether Redis has the round's winners or is about to get them, according to the event's row. */
  belongsInRedis(event: EventRow, round: number): boolean;
  /**
   * Raises the gate's counter to at least `serial`, so that no other claim gets that serial. Null, and nothing changes,
   * if the strategy gives no serial before MySQL has the claim.
   */
  raiseCounter(redis: Redis, event: EventRow, serial: number): Promise<MendedCounter | null>;

  // A round's life.

  /**
   * Prepares a round for its first claim, and marks its row as seeded. `elsewhere`: the event now has a different
   * strategy. `late` and `leftover`: the round had a gate before, which is lost.
   */
  seed(stores: Stores, eventId: string, round: number): Promise<SeedReply | 'elsewhere'>;
  /**
   * Finds out why the event's gate can't decide, and fixes the cause if that is safe. Throws `gate_lost` or
   * `unavailable`.
   */
  standing(stores: Stores, event: EventRow): Promise<GateStanding>;
  /** Moves claims from the outbox to MySQL. */
  drain(stores: Stores, ofRound: { eventId: string; round: number }, options?: DrainOptions): Promise<void>;
  /** Settles or returns the units whose writers are gone. `open` is how many units are still being written. */
  settle(stores: Stores, event: EventRow): Promise<{ open: number }>;
  /** Whether MySQL has every claim of a closed or sold-out round, exactly as Redis has it. */
  verify(stores: Stores, event: EventRow, options?: FinishOptions): Promise<Verdict>;
  /** After a gate was removed, waits until no process can still store claims of its round. */
  awaitWriters(): Promise<void>;
  /** Claims that were promised, but that MySQL could not store. */
  promisedFaults(db: DbReader, event: EventRow): Promise<PromisedFault[]>;
  /** Calculates, from MySQL's rows, the counts for the gate of a round that is being rebuilt. */
  rebuilt(event: EventRow, rows: RebuiltRows): { issued: number; given: number | null; places: SeedPlaces };

  // What reconcile needs.

  /**
   * Reads everything that Redis has of the current round, in one step. Reads MySQL first, so that the gate must know
   * every claim that was seen in MySQL.
   */
  snapshot(stores: Stores, event: EventRow): Promise<RoundSnapshot>;
  /**
   * Whether accepted claims that MySQL lacks may have been lost with the round's gate. `paused`: claims may have been
   * lost, so the event must be paused. `closed`: claims may have been lost, but the event is already closed. Null: no
   * claim can have been lost.
   */
  doubtOfLoss(db: DbReader, event: EventRow, nowMs: number): Promise<'paused' | 'closed' | null>;
  /** Why an earlier repair may have paused the event; null if no repair would have paused it. */
  pauseDoubt(event: EventRow): string | null;
  /** Whether the round's gate is older than MySQL: MySQL has claims that the gate has not given yet. */
  isOlderThanRows(stores: Stores, event: EventRow, snapshot: RoundSnapshot): Promise<boolean>;
  /** The highest serial that the gate has given, but at most its stock. */
  counterOfGate(gate: Gate): number;
  /** Judges the counts and the serials without a claim, after all claims have been compared. */
  judge(judging: Judging): Promise<Judged>;
  /**
   * For each user, the text that Redis stores for them among the current round's winners; null for a user who is not a
   * winner.
   */
  winnersAmong(stores: Stores, event: EventRow, userIds: string[]): Promise<(string | null)[]>;
  /** The earlier rounds that may have left something in Redis. */
  pastRounds(event: EventRow): number[];
  /** Removes the set-aside marks of claims that MySQL has. Resolves to how many were removed. */
  forgetStored(stores: Stores, event: EventRow): Promise<number>;

  // What admins and tools need.

  /** Whether the strategy's rounds are in Redis while they take claims, and have to be retired afterwards. */
  readonly livesInRedis: boolean;
  /** Whether its events can have a waiting line. */
  readonly takesLine: boolean;
  /** Whether claims are refused without asking MySQL. */
  readonly refusesInRedis: boolean;
  /** The state of the round's gate, for readiness checks. */
  readGateCheck(stores: Stores, event: EventRow): Promise<GateCheck>;
  /** How many bytes of Redis's memory the round's sale needs. */
  memoryBytes(event: EventRow): number;
  /** The clock of the store that decides the strategy's claims, in ms with fractions. */
  askTimeMs(stores: { redis: Redis; db: Db }): Promise<number>;
}

/** A number that is being written to MySQL for a user. */
export type UndecidedNumber = { number: number; userId: string };

/** How many claims are in a round's outbox, and when the oldest was decided (null if the outbox is empty). */
export type WaitingClaims = { claims: number; oldestAtMs: number | null };

/** A claim that is accepted but not yet in MySQL. */
export type WaitingClaim = { serial: number; userId: string; claimedAtMs: number };

/**
 * Claims that wait for MySQL, up to `lastSerial`. They were decided at `atMs`, or from `sinceMs` to `atMs` if they stand
 * for claims that were not read.
 */
export type WaitingTime = { lastSerial: number; claims: number; sinceMs: number; atMs: number };

export type DrainOptions = {
  /**
   * Drain only what is in the outbox at the start. Otherwise a drain runs until the outbox is empty, which may never
   * happen while claims keep coming.
   */
  presentOnly?: boolean;
  /** Ends the drain after the current batch. */
  signal?: AbortSignal | undefined;
};

/** What Redis has of a round that should be in Redis. */
export type RoundStatus = {
  event: EventRow;
  /** False for an earlier round, of which Redis can only have leftovers. */
  current: boolean;
  /** The event's gate; null if there is none, or if it is in a different round. */
  gate: Gate | null;
  outbox: WaitingClaims;
  /** How many claims MySQL could not store. */
  setAside: number;
  /**
   * True if the gate is gone although claims may have been accepted, or if it is damaged, incomplete, or older than
   * MySQL.
   */
  lost: boolean;
};

/** `waiting`: there is no gate yet, but a worker will make it in time. */
export type GateCheck =
  | { kind: 'not_needed' }
  | { kind: 'there'; trusted: boolean }
  | { kind: 'waiting' }
  | { kind: 'retired' }
  | { kind: 'lost' };

/**
 * What MySQL has of a round that is being rebuilt: how many winners there are, the highest serial that was promised,
 * and the highest serial stored. `gaps`: serials below `highestStored` without a claim. `misplaced`: serials of claims
 * that are younger than a claim with a higher serial.
 */
export type RebuiltRows = {
  count: number;
  highest: number;
  highestStored: number;
  gaps: number[];
  misplaced: number[];
};

/** Everything that Redis has of a round, read in one step. */
export type RoundSnapshot = {
  /**
   * `gate`: the round has a gate. `lost`: the round's gate is missing or can't be read; `why` says more. `none`: the
   * round needs no gate, because MySQL decides, the round is retired, or nobody can have claimed yet.
   */
  standing: { kind: 'gate'; gate: Gate } | { kind: 'lost'; why: string; seen: SeenGate } | { kind: 'none' };
  /** Whether Redis may hold claims of the round. */
  inRedis: boolean;
  /** The newest entry of the outbox; null if the outbox is empty. Later entries are newer than the snapshot. */
  lastEntryId: string | null;
  /** The highest serial in the outbox; 0 if the outbox is empty. */
  waitingTo: number;
  counts: { winners: number; attempts: number; holders: number; returned: number };
  /** Read from MySQL just before Redis was read. */
  newestStored: NewestClaim;
};

/** What `judge` needs, once all claims of a round have been compared. */
export type Judging = {
  stores: Stores;
  event: EventRow;
  snapshot: RoundSnapshot;
  comparer: ClaimComparer;
  log: FindingLog<DriftKind>;
  /** Serials above this one are not judged. */
  judgedTo: number;
  /** The serials that winners have. */
  taken: SerialSet;
  /**
   * How to repair units. `lostNumbers` gets the numbers that are missing everywhere; `twofoldNumbers` ends attempts at
   * numbers that are also in another place.
   */
  mender: { lostNumbers(numbers: number[]): Promise<void>; twofoldNumbers(): Promise<void> };
};

export type Judged = {
  issued: number;
  persisted: number;
  pending: number;
  /**
   * How many serials have no claim because an operator reserved them for users who can prove that the serials were
   * promised to them.
   */
  reserved: number;
  /** The highest serial that has a claim. */
  highest: number;
  findings: Finding<DriftKind>[];
};

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

/** The claim with the highest serial that MySQL has of a round; null if it has none. */
export type NewestClaim = { serial: number; claimedAtMs: number } | null;

/**
 * Everything that differs between ways of deciding claims. Each strategy has one engine, and no other code asks which
 * strategy an event has: it asks the event's engine. Unless stated otherwise, `event.roundRow` is the event's current
 * round, and every method is safe to call twice and throws if a store does not answer.
 */
export interface RoundEngine {
  /** Opens the strategy that decides and finds claims in a process. */
  open(process: EngineProcess): ClaimStrategy;

  // What is known about a round.

  /**
   * The gate that decides the event, whichever round it is in; null if there is none. If the strategy has no gates,
   * Redis is not asked.
   */
  readGate(stores: Stores, eventId: string): Promise<Gate | null>;
  /** Whether the current round has everything that claims need. `gate` is the round's gate as the caller read it. */
  isSeeded(event: EventRow, gate: Gate | null): boolean;
  /** How many claims of the current round were issued, according to MySQL. */
  issuedInRows(db: DbReader, event: EventRow, newest: NewestClaim): Promise<number>;
  /** When the current round sold out, according to its rows; null if they don't show that it did. */
  soldOutAtMs(event: EventRow, newest: NewestClaim): number | null;
  /** How many claims of the current round MySQL has. Avoids counting millions of rows where possible. */
  storedClaims(db: DbReader, event: EventRow): Promise<number>;
  /** Accepted claims that wait for MySQL, and since when the oldest has waited. */
  waiting(stores: Stores, event: EventRow): Promise<WaitingClaims>;
  /**
   * How many serials of a round that is out of Redis may have been promised. The round never gives any of them again.
   */
  counterOf(db: DbReader, event: EventRow): Promise<number>;
  /** Reads the status of one round, including whether any of it is lost. */
  status(stores: Stores, event: EventRow): Promise<RoundStatus>;
  /**
   * Why Redis has no part in the claims: the strategy never uses it, or the round has left it. Null if Redis has a
   * part.
   */
  outOfRedis(event: EventRow): 'not_used' | 'retired' | null;
  /** Numbers of the stock that are being written to MySQL, and that nobody has been promised yet. */
  undecided(stores: Stores, event: EventRow): Promise<UndecidedNumber[]>;
  /** Whether MySQL has all claims of a round that takes no more claims, according to the round's row. */
  isStored(event: EventRow): boolean;
  /** Whether MySQL has no claim of a verified round although its gate had given serials. */
  lacksAll(event: EventRow, newest: NewestClaim): boolean;
  /** Whether an operator has to act on the round's lost gate. */
  isAlarmingLoss(event: EventRow, nowMs: number): boolean;
  /** Whether a claim is promised before MySQL has it. */
  readonly persistsLater: boolean;
  /** Whether an operator has to act on claims that MySQL could not take. */
  mindsFaults(): boolean;

  // Changes by admins, in the transaction that holds the event's row.

  /**
   * Keeps claims from being stored during the change, if the strategy needs that. If MySQL decides claims, resolves to
   * the time by which it decides them and to how many it has issued. If a gate decides, resolves to null, because the
   * gate knows both.
   */
  holdClaims(tx: DbTransaction, event: EventRow): Promise<{ nowMs: number; issued: number } | null>;
  /**
   * Whether the gate, in its present state, would give a serial that a claim in MySQL already has. `storedSerial` is
   * the highest serial in MySQL.
   */
  repeatsSerials(gate: Gate, storedSerial: number): boolean;
  /** Throws `conflict` if the event can resume only from the next serial. */
  refuseOtherSerial(event: Pick<EventRow, 'eventId' | 'strategy'>): void;
  /** The next serial, if MySQL gives the serials; null if a gate does. */
  nextSerialInRows(tx: DbReader, event: EventRow): Promise<number | null>;
  /** Whether Redis must have the round's winners, or is about to get them, according to the event's row. */
  belongsInRedis(event: EventRow, round: number): boolean;
  /**
   * Raises the gate's counter so that nobody else gets the serial. Resolves to null, and changes nothing, if the
   * strategy gives no serial before MySQL has its claim.
   */
  raiseCounter(redis: Redis, event: EventRow, serial: number): Promise<MendedCounter | null>;

  // A round's life.

  /**
   * Makes what a round needs before its first claim, and records in the round's row that it exists. `elsewhere` means
   * that the event now has a different strategy. `late` and `leftover` mean that the round had a gate before, which is
   * lost.
   */
  seed(stores: Stores, eventId: string, round: number): Promise<SeedReply | 'elsewhere'>;
  /** Finds out why the event's gate can't decide, and mends it if that is safe. Throws `gate_lost` or `unavailable`. */
  standing(stores: Stores, event: EventRow): Promise<GateStanding>;
  /** Moves waiting claims to MySQL. */
  drain(stores: Stores, ofRound: { eventId: string; round: number }, options?: DrainOptions): Promise<void>;
  /** Settles or returns the units whose writers are gone. `open` is how many units are still being written. */
  settle(stores: Stores, event: EventRow): Promise<{ open: number }>;
  /** Whether MySQL has every claim of a round that takes no more claims, exactly as Redis has it. */
  verify(stores: Stores, event: EventRow, options?: FinishOptions): Promise<Verdict>;
  /** Waits until no process can still store claims of a round whose gate was just removed. */
  awaitWriters(): Promise<void>;
  /** Claims that were promised, and that MySQL could not take. */
  promisedFaults(db: DbReader, event: EventRow): Promise<PromisedFault[]>;
  /** Calculates, from what MySQL has, the counts for the gate of a round that is being rebuilt. */
  rebuilt(event: EventRow, rows: RebuiltRows): { issued: number; given: number | null; places: SeedPlaces };

  // For reconcile.

  /**
   * Reads everything that Redis has of the current round, in one step. It reads MySQL before Redis, so that the gate
   * must know every claim that was seen in MySQL.
   */
  snapshot(stores: Stores, event: EventRow): Promise<RoundSnapshot>;
  /**
   * Whether claims that neither store has any more may have been accepted, now that the round's gate is lost. `paused`:
   * perhaps, so the event has to stop. `closed`: perhaps, but the event takes no claims anyway. Null: no claim can be
   * missing.
   */
  doubtOfLoss(db: DbReader, event: EventRow, nowMs: number): Promise<'paused' | 'closed' | null>;
  /**
   * Why an event that a repair found paused may have been paused by an earlier repair; null if no repair would have
   * paused it.
   */
  pauseDoubt(event: EventRow): string | null;
  /** Whether MySQL has claims of the round that its gate has not given yet. The gate is then older than MySQL. */
  isOlderThanRows(stores: Stores, event: EventRow, snapshot: RoundSnapshot): Promise<boolean>;
  /** The highest serial that a gate has given, but at most its stock. */
  counterOfGate(gate: Gate): number;
  /** Judges the counts, and the serials that nobody has, once all claims have been compared. */
  judge(judging: Judging): Promise<Judged>;
  /** What Redis has of these users among the current round's winners, as text; null for a user who is no winner. */
  winnersAmong(stores: Stores, event: EventRow, userIds: string[]): Promise<(string | null)[]>;
  /** The rounds before the current one that may have left something in Redis. */
  pastRounds(event: EventRow): number[];
  /** Removes the set-aside marks of claims that MySQL has. Resolves to how many were removed. */
  forgetStored(stores: Stores, event: EventRow): Promise<number>;

  // For admins and tools.

  /**
   * Whether the strategy's rounds are in Redis while they take claims, so that they have to be taken out afterwards.
   */
  readonly livesInRedis: boolean;
  /** Whether claims are refused without asking MySQL. */
  readonly refusesInRedis: boolean;
  /** The state of the round's gate, for readiness checks. */
  readGateCheck(stores: Stores, event: EventRow): Promise<GateCheck>;
  /** How many bytes of Redis's memory the sale of the round takes. */
  memoryBytes(event: EventRow): number;
  /** The time by which claims are decided, in ms with fractions, read from the store that decides. */
  askTimeMs(stores: { redis: Redis; db: Db }): Promise<number>;
}

/** A number of the stock that is being written to MySQL, and the user for whom it is written. */
export type UndecidedNumber = { number: number; userId: string };

/** How many claims wait in a round's outbox, and since when the oldest has waited (null if none waits). */
export type WaitingClaims = { claims: number; oldestAtMs: number | null };

export type DrainOptions = {
  /**
   * Drains only what is in the outbox at the start. Without this, a drain runs until the outbox is empty, which may
   * never happen while claims keep coming.
   */
  presentOnly?: boolean;
  /** Ends the drain after the current batch. */
  signal?: AbortSignal | undefined;
};

/** A round that should be in Redis, and what Redis has of it. */
export type RoundStatus = {
  event: EventRow;
  /** Whether it is the event's current round; an older one only has leftovers. */
  current: boolean;
  /** The event's gate, if it is in this round. */
  gate: Gate | null;
  outbox: WaitingClaims;
  /** Claims that MySQL could not take. */
  setAside: number;
  /**
   * The gate existed while claims could be accepted and is gone now, or it is older than MySQL, damaged, or incomplete.
   */
  lost: boolean;
};

/** `waiting`: there is no gate yet, but it will be made without anybody's help. */
export type GateCheck =
  | { kind: 'not_needed' }
  | { kind: 'there'; trusted: boolean }
  | { kind: 'waiting' }
  | { kind: 'retired' }
  | { kind: 'lost' };

/**
 * What is known about a round that is being rebuilt. `count` is how many winners it has, `highest` the highest serial
 * that was promised, and `highestStored` the highest serial that MySQL has. `gaps` are the serials below
 * `highestStored` that no claim has. `misplaced` are the serials of claims that are younger than a claim with a higher
 * serial.
 */
export type RebuiltRows = {
  count: number;
  highest: number;
  highestStored: number;
  gaps: number[];
  misplaced: number[];
};

/** A round as it was when it was judged: everything that Redis has of it, read in one step. */
export type RoundSnapshot = {
  /**
   * `gate`: the round has a gate. `lost`: it should have one but has none, or the gate can't be read; `why` says more.
   * `none`: it has no gate and needs none, because MySQL decides, the round is retired, or nobody can have claimed yet.
   */
  standing: { kind: 'gate'; gate: Gate } | { kind: 'lost'; why: string; seen: SeenGate } | { kind: 'none' };
  /** Whether Redis may hold claims of the round. */
  inRedis: boolean;
  /** The newest entry of the outbox; later entries are newer than the snapshot. Null if the outbox was empty. */
  lastEntryId: string | null;
  /** The highest serial that waits in the outbox; 0 if none does. */
  waitingTo: number;
  counts: { winners: number; attempts: number; holders: number; returned: number };
  /** The claim with the highest serial in MySQL, read just before Redis. */
  newestStored: NewestClaim;
};

/** A round whose claims have all been compared. */
export type Judging = {
  stores: Stores;
  event: EventRow;
  snapshot: RoundSnapshot;
  comparer: ClaimComparer;
  log: FindingLog<DriftKind>;
  /** The highest serial to judge. */
  judgedTo: number;
  /** The serials that winners have. */
  taken: SerialSet;
  /**
   * `lostNumbers` receives numbers of units that are in none of the places where they could be; `twofoldNumbers` mends
   * numbers that are in two places.
   */
  mender: { lostNumbers(numbers: number[]): Promise<void>; twofoldNumbers(): Promise<void> };
};

export type Judged = {
  issued: number;
  persisted: number;
  pending: number;
  /**
   * How many serials nobody has so far because an operator keeps them for people who can prove that they were promised
   * them.
   */
  reserved: number;
  /** The highest serial that anybody has. */
  highest: number;
  findings: Finding<DriftKind>[];
};

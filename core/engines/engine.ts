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

/** The claim of a round with the highest serial that MySQL has; null: it has none. */
export type NewestClaim = { serial: number; claimedAtMs: number } | null;

/**
 * Everything that differs between ways of deciding claims. A strategy has one, and nobody else asks which strategy an event
 * has: they ask its engine. `event.roundRow` is the round that is meant, the event's current one unless said otherwise.
 * All methods may be called twice, and throw when a store does not answer, unless they say otherwise.
 */
export interface RoundEngine {
  /** Opens the strategy in a process: what decides claims and finds them. */
  open(process: EngineProcess): ClaimStrategy;

  // What is known of a round.

  /** The gate that decides the event, in whichever round it is. Null where there is none; Redis is not asked where none can be. */
  readGate(stores: Stores, eventId: string): Promise<Gate | null>;
  /** Whether all is there that claims of the current round need; `gate` is its gate, as it was read. */
  isSeeded(event: EventRow, gate: Gate | null): boolean;
  /** How many MySQL says were issued in the current round. */
  issuedInRows(db: DbReader, event: EventRow, newest: NewestClaim): Promise<number>;
  /** When the current round sold out, as far as its rows tell. */
  soldOutAtMs(event: EventRow, newest: NewestClaim): number | null;
  /** How many claims of the current round MySQL has; never counts millions of rows where that can be helped. */
  storedClaims(db: DbReader, event: EventRow): Promise<number>;
  /** Accepted claims that wait for MySQL, and since when the oldest does. */
  waiting(stores: Stores, event: EventRow): Promise<WaitingClaims>;
  /** How many serials of a round out of Redis may have been promised: up to there none is given again. */
  counterOf(db: DbReader, event: EventRow): Promise<number>;
  /** Looks at one round, and for what is lost of it. */
  status(stores: Stores, event: EventRow): Promise<RoundStatus>;
  /** Why the strategy's claims are in MySQL alone, or out of Redis by now; null where Redis has a part in them. */
  outOfRedis(event: EventRow): 'not_used' | 'retired' | null;
  /** Numbers that are being written to MySQL: nobody is promised them yet. */
  undecided(stores: Stores, event: EventRow): Promise<UndecidedNumber[]>;
  /** Whether MySQL has all claims of a round that takes no more, as far as its row tells. */
  isStored(event: EventRow): boolean;
  /** Whether the gate had given serials of a round of which MySQL has nothing, although the row says that it was verified. */
  lacksAll(event: EventRow, newest: NewestClaim): boolean;
  /** Whether somebody has to do something about the round's lost gate. */
  isAlarmingLoss(event: EventRow, nowMs: number): boolean;
  /** Whether a claim is promised before MySQL has it. */
  readonly persistsLater: boolean;
  /** Whether somebody has to do something about claims that MySQL could not take. */
  mindsFaults(): boolean;

  // Changes by admins, in the transaction that holds the event's row.

  /**
   * Keeps claims from being stored beside the change, where that is needed. Where MySQL decides, resolves to the time by
   * which claims are decided and how many were issued; null where the gate says that.
   */
  holdClaims(tx: DbTransaction, event: EventRow): Promise<{ nowMs: number; issued: number } | null>;
  /** Whether the gate, as it is, would give serials again that MySQL has claims with, up to `storedSerial`. */
  repeatsSerials(gate: Gate, storedSerial: number): boolean;
  /** Throws `conflict` where an event can't go on from another serial than the next. */
  refuseOtherSerial(event: Pick<EventRow, 'eventId' | 'strategy'>): void;
  /** The lowest serial that MySQL would give next by itself; null where it gives none. */
  nextSerialInRows(tx: DbReader, event: EventRow): Promise<number | null>;
  /** Whether Redis must have the round's winners, or is about to get them, by the event's row. */
  belongsInRedis(event: EventRow, round: number): boolean;
  /** Raises the counter so that nobody else gets a serial; null where none is given before MySQL has its claim. */
  raiseCounter(redis: Redis, event: EventRow, serial: number): Promise<MendedCounter | null>;

  // A round's life.

  /**
   * Makes what a round needs before its first claim, and notes in the row that it is there. `elsewhere`: the event has
   * another strategy by now. `late` and `leftover` mean that a gate was there before and is lost.
   */
  seed(stores: Stores, eventId: string, round: number): Promise<SeedReply | 'elsewhere'>;
  /** Why an event can't be decided by its gate, mended where that is safe. Throws `gate_lost` or `unavailable`. */
  standing(stores: Stores, event: EventRow): Promise<GateStanding>;
  /** Moves what waits for MySQL there. */
  drain(stores: Stores, ofRound: { eventId: string; round: number }, options?: DrainOptions): Promise<void>;
  /** Settles what nobody answers for any more; `open` is still being written by somebody. */
  settle(stores: Stores, event: EventRow): Promise<{ open: number }>;
  /** Whether MySQL has every claim of a round that takes no more, as Redis has them. */
  verify(stores: Stores, event: EventRow, options?: FinishOptions): Promise<Verdict>;
  /** Waits until nobody can store claims of a round any more whose gate was just taken away. */
  awaitWriters(): Promise<void>;
  /** Claims that MySQL could not take and that were promised all the same. */
  promisedFaults(db: DbReader, event: EventRow): Promise<PromisedFault[]>;
  /** The counts of the gate of a round that is put back, out of what MySQL has. */
  rebuilt(event: EventRow, rows: RebuiltRows): { issued: number; given: number | null; places: SeedPlaces };

  // For reconcile.

  /** Looks at all that Redis has of the current round in one step. MySQL is read first: what it has by then, the gate must know. */
  snapshot(stores: Stores, event: EventRow): Promise<RoundSnapshot>;
  /**
   * Whether claims may have been accepted that neither store has any more, now that the round's gate is lost. `paused`: the
   * event has to stop for it; `closed`: it takes none anyway. Null: none can have been.
   */
  doubtOfLoss(db: DbReader, event: EventRow, nowMs: number): Promise<'paused' | 'closed' | null>;
  /** Why an event is paused that a repair found paused, where an earlier repair may have done that; null: not for a repair. */
  pauseDoubt(event: EventRow): string | null;
  /** Whether MySQL has claims of the round that a gate has not given yet: then the gate is older than MySQL. */
  isOlderThanRows(stores: Stores, event: EventRow, snapshot: RoundSnapshot): Promise<boolean>;
  /** Up to which serial a gate has given, within its stock. */
  counterOfGate(gate: Gate): number;
  /** Judges serials that nobody has, and the counts, after all claims were compared. */
  judge(judging: Judging): Promise<Judged>;
  /** What Redis has of some users among the winners of the current round. */
  winnersAmong(stores: Stores, event: EventRow, userIds: string[]): Promise<(string | null)[]>;
  /** The rounds before the current one that may have left something in Redis. */
  pastRounds(event: EventRow): number[];
  /** Takes marks of faults away whose claims MySQL has; resolves to how many. */
  forgetStored(stores: Stores, event: EventRow): Promise<number>;

  // For admins and tools.

  /** Whether a claim is refused without asking MySQL. */
  readonly refusesInRedis: boolean;
  /** How the round stands to its gate, for somebody who asks whether the event is ready. */
  readGateCheck(stores: Stores, event: EventRow): Promise<GateCheck>;
  /** How many bytes of Redis the sale of the round takes. */
  memoryBytes(event: EventRow): number;
  /** The time by which claims are decided, in ms with fractions, asked from the store that decides. */
  askTimeMs(stores: { redis: Redis; db: Db }): Promise<number>;
}

/** A number of the stock, and the user for whom it is being written. */
export type UndecidedNumber = { number: number; userId: string };

/** How many claims wait in a round's outbox, and since when the oldest does (null: none waits). */
export type WaitingClaims = { claims: number; oldestAtMs: number | null };

export type DrainOptions = {
  /** Only what is there when it begins; otherwise until the outbox is empty, which under steady claims may be never. */
  presentOnly?: boolean;
  /** Ends the drain after the batch that is under way. */
  signal?: AbortSignal | undefined;
};

/** A round that should be in Redis, and what is there of it. */
export type RoundStatus = {
  event: EventRow;
  /** Whether it is the event's current round; an older one only has leftovers. */
  current: boolean;
  /** The event's gate, if it is in this round. */
  gate: Gate | null;
  outbox: WaitingClaims;
  /** Claims that MySQL could not take. */
  setAside: number;
  /** The gate is gone although it was there while claims could be accepted, or is older than MySQL, damaged, or in parts. */
  lost: boolean;
};

/** `waiting`: nothing is wrong, and it will be there without anybody's doing. */
export type GateCheck =
  | { kind: 'not_needed' }
  | { kind: 'there'; trusted: boolean }
  | { kind: 'waiting' }
  | { kind: 'retired' }
  | { kind: 'lost' };

/**
 * What is known of a round that is put back: how many winners it has, the highest serial that was promised and the highest
 * that MySQL has. `gaps` are the serials below the latter that no claim has, `misplaced` those of claims that are younger
 * than one above them.
 */
export type RebuiltRows = {
  count: number;
  highest: number;
  highestStored: number;
  gaps: number[];
  misplaced: number[];
};

/** The moment at which a round is judged: all that Redis has of it was looked at in one step. */
export type RoundSnapshot = {
  /**
   * `gate`: there is one. `lost`: there should be one, or it can't be read; `why` says more. `none`: there is none and need
   * not be, because MySQL decides, the round is retired, or nobody can have claimed yet.
   */
  standing: { kind: 'gate'; gate: Gate } | { kind: 'lost'; why: string; seen: SeenGate } | { kind: 'none' };
  /** Whether Redis may hold claims of the round. */
  inRedis: boolean;
  /** The newest entry of the outbox: those after it are newer than the snapshot. Null: it was empty. */
  lastEntryId: string | null;
  /** The highest serial that waits in the outbox, 0 when none does. */
  waitingTo: number;
  counts: { winners: number; attempts: number; holders: number; returned: number };
  /** The claim with the highest serial that MySQL had just before. */
  newestStored: NewestClaim;
};

/** A round whose claims were all compared. */
export type Judging = {
  stores: Stores;
  event: EventRow;
  snapshot: RoundSnapshot;
  comparer: ClaimComparer;
  log: FindingLog<DriftKind>;
  /** Serials up to here are judged. */
  judgedTo: number;
  /** The serials that winners have. */
  taken: SerialSet;
  /** Hear of numbers that are in no place where they could be, and that may be in two. */
  mender: { lostNumbers(numbers: number[]): Promise<void>; twofoldNumbers(): Promise<void> };
};

export type Judged = {
  issued: number;
  persisted: number;
  pending: number;
  /** Serials that an operator keeps for people who can prove that they have them, and that nobody has. */
  reserved: number;
  /** The highest serial that anybody has. */
  highest: number;
  findings: Finding<DriftKind>[];
};

import { differenceInWords, type ClaimDifference } from '../messages/findings.ts';
import { say } from '../messages/message.ts';
import { detailOf, FindingLog, type Finding } from './finding.ts';
import { SerialSet } from './serial-set.ts';

/** A claim as one store knows it. `code` is null if the store holds no code. */
export type KnownClaim = { serial: number; userId: string; code: string | null; claimedAtMs: number };

/**
 * The gate's counts at the start of a comparison: `issued` of the `stock` serials are given out. `returned` are the
 * serials that had no claim at that moment, because they were returned or are reserved. The issued serials are the
 * lowest ones outside `returned`.
 */
export type IssuedSnapshot = { stock: number; issued: number; returned?: ReadonlySet<number> };

/** Some of a round's users, with everything that the stores know about each of them. No user may be in two pieces. */
export type ClaimsPiece = {
  /** From Redis: the round's winners. */
  winners: Iterable<KnownClaim>;
  /** From Redis: claims that are decided and on their way to MySQL. */
  outbox: Iterable<KnownClaim>;
  mysql: Iterable<KnownClaim>;
};

/**
 * How two stores can disagree about a round.
 * - `missing_in_db`: a winner who is neither in MySQL nor in the outbox.
 * - `missing_in_redis`: a claim in MySQL or in the outbox whose user is not among the winners.
 * - `counter_drift`: the gate's `issued` is not the highest serial; `count` is the difference.
 * - `serial_gap`: a serial that is below the highest one and that no claim has.
 * - `over_stock`: a serial outside 1..stock.
 * - `duplicate_user`: a user with several serials in one store.
 * - `conflict`: the stores have different serials, times or codes for a user, or several users have one serial.
 */
export type ClaimFindingKind =
  'missing_in_db' | 'missing_in_redis' | 'counter_drift' | 'serial_gap' | 'over_stock' | 'duplicate_user' | 'conflict';

export type ClaimComparison = {
  findings: Finding<ClaimFindingKind>[];
  /** Claims that are only in the outbox. They are not missing. */
  pending: number;
  /** How many users have a claim in the store. */
  inRedis: number;
  inMySql: number;
};

/**
 * Compares what Redis and MySQL know about a round. If there are no findings, both have the same claims, with serials
 * 1..issued, within the stock.
 */
export function compareClaims(
  snapshot: IssuedSnapshot,
  pieces: Iterable<ClaimsPiece>,
  examplesMax?: number,
): ClaimComparison {
  const comparer = new ClaimComparer(snapshot, examplesMax);
  for (const piece of pieces) comparer.add(piece);
  return comparer.finish();
}

/**
 * Like `compareClaims`, for stores that are read in pieces. Needs memory for one piece, one bit per serial, and a few
 * examples. Claims may arrive during the read: a claim whose serial is above the snapshot's is newer, and is not
 * compared. Pass `finish` the counter after the last piece, so that a counter that is really behind is still found.
 */
export class ClaimComparer {
  readonly #snapshot: IssuedSnapshot;
  readonly #log: FindingLog<ClaimFindingKind>;
  readonly #serials = new SerialSet();
  #pending = 0;
  #inRedis = 0;
  #inMySql = 0;

  constructor(snapshot: IssuedSnapshot, examplesMax?: number) {
    this.#snapshot = snapshot;
    this.#log = new FindingLog(examplesMax);
  }

  add(piece: ClaimsPiece): void {
    for (const [userId, known] of byUser(piece)) this.#compareUser(userId, known);
  }

  /** Adds a user whose claim is the same in both stores and not in the outbox. Costs a fifth of what `add` costs. */
  addAgreed({ serial, userId }: { serial: number; userId: string }): void {
    this.#placeSerial(serial, userId);
    this.#inRedis += 1;
    this.#inMySql += 1;
  }

  /** Marks a serial that may lack a claim, because it was returned or its claim is being written. */
  excuse(serial: number): void {
    this.#serials.add(serial);
  }

  /** The runs of serials up to `to` for which no user has been added so far. */
  gaps(to: number): Iterable<{ from: number; to: number }> {
    return this.#serials.gaps(to);
  }

  /** The highest serial added so far; 0 if there is none. */
  get highest(): number {
    return this.#serials.highest;
  }

  /**
   * `issuedNow`: the gate's counter after all pieces were read. Needed only if claims may have arrived during the read.
   */
  finish(issuedNow: number = this.#snapshot.issued): ClaimComparison {
    const highest = this.#serials.highest;
    // Returned serials above all claims are left out, because they count as never given out.
    const free = this.#placeReturned(highest);
    const judgedTo = Math.min(this.#snapshot.issued + free, highest);
    for (const gap of this.#serials.gaps(judgedTo)) {
      this.#log.add('serial_gap', { serial: gap.from, ...detailOf(say('found_gap', gap)) }, gap.to - gap.from + 1);
    }
    if (highest - free < this.#snapshot.issued) this.#addDrift(this.#snapshot.issued, highest - free);
    else if (highest - free > issuedNow) this.#addDrift(issuedNow, highest - free);
    if (this.#snapshot.issued > this.#snapshot.stock) {
      const { issued, stock } = this.#snapshot;
      this.#log.add('over_stock', detailOf(say('found_over_issued', { issued, stock })));
    }
    return {
      findings: this.#log.list(),
      pending: this.#pending,
      inRedis: this.#inRedis,
      inMySql: this.#inMySql,
    };
  }

  /** Marks the returned serials up to `highest` as accounted for, and returns how many of them have no claim. */
  #placeReturned(highest: number): number {
    let free = 0;
    for (const serial of this.#snapshot.returned ?? []) {
      if (serial > highest) continue;
      if (this.#serials.add(serial)) free += 1;
      else this.#log.add('conflict', { serial, ...detailOf(say('found_returned_taken', { serial })) });
    }
    return free;
  }

  #addDrift(issued: number, highest: number): void {
    const detail = detailOf(say('found_counter_off', { issued, highest }));
    this.#log.add('counter_drift', { serial: highest, ...detail }, Math.abs(issued - highest));
  }

  #compareUser(userId: string, known: KnownByStore): void {
    const { winners, outbox, mysql } = known;
    const serials = new Set([...winners, ...outbox, ...mysql].map((claim) => claim.serial));
    for (const serial of serials) this.#placeSerial(serial, userId);
    if (winners.length > 0) this.#inRedis += 1;
    if (mysql.length > 0) this.#inMySql += 1;
    const newestSerial = this.#snapshot.issued + (this.#snapshot.returned?.size ?? 0);
    if (![...serials].some((serial) => serial <= newestSerial)) return;

    this.#findDuplicate(userId, 'redis', [...winners, ...outbox]);
    this.#findDuplicate(userId, 'mysql', mysql);
    const winner = winners[0];
    const stored = mysql[0];
    const waiting = outbox[0];
    const first = winner ?? waiting ?? stored;
    if (winner === undefined && first !== undefined) {
      const detail = detailOf(say('found_no_winner', { where: stored === undefined ? 'outbox' : 'mysql' }));
      this.#log.add('missing_in_redis', { serial: first.serial, userId, ...detail });
    }
    if (stored === undefined && waiting !== undefined) this.#pending += 1;
    if (stored === undefined && waiting === undefined && winner !== undefined) {
      this.#log.add('missing_in_db', { serial: winner.serial, userId, ...detailOf(say('found_winner_only')) });
    }
    this.#findConflict(userId, { store: 'redis', claim: winner }, { store: 'mysql', claim: stored });
    this.#findConflict(userId, { store: 'redis', claim: winner }, { store: 'outbox', claim: waiting });
    if (winner === undefined) {
      this.#findConflict(userId, { store: 'outbox', claim: waiting }, { store: 'mysql', claim: stored });
    }
  }

  #placeSerial(serial: number, userId: string): void {
    if (!Number.isSafeInteger(serial) || serial < 1 || serial > this.#snapshot.stock) {
      this.#log.add('over_stock', {
        serial,
        userId,
        ...detailOf(say('found_above_stock', { serial, stock: this.#snapshot.stock })),
      });
    }
    if (!Number.isSafeInteger(serial) || serial < 1) return;
    if (!this.#serials.add(serial)) {
      this.#log.add('conflict', { serial, userId, ...detailOf(say('found_serial_shared', { serial })) });
    }
  }

  #findDuplicate(userId: string, store: 'redis' | 'mysql', claims: KnownClaim[]): void {
    const serials = [...new Set(claims.map((claim) => claim.serial))];
    if (serials.length < 2) return;
    const detail = detailOf(say('found_several_serials', { store, serials }));
    this.#log.add('duplicate_user', { serial: serials[0] ?? null, userId, ...detail });
  }

  #findConflict(userId: string, a: StoredClaim, b: StoredClaim): void {
    if (a.claim === undefined || b.claim === undefined) return;
    const difference = differenceOf(a.claim, b.claim);
    if (difference === null) return;
    const detail = detailOf(say('found_stores_differ', { first: a.store, second: b.store, ...difference }));
    this.#log.add('conflict', { serial: a.claim.serial, userId, ...detail });
  }
}

type StoredClaim = { store: 'redis' | 'outbox' | 'mysql'; claim: KnownClaim | undefined };
type KnownByStore = { winners: KnownClaim[]; outbox: KnownClaim[]; mysql: KnownClaim[] };

/** Describes how two versions of one claim differ, without showing the codes; null if they agree. */
export function claimDifference(a: KnownClaim, b: KnownClaim): string | null {
  const difference = differenceOf(a, b);
  return difference === null ? null : differenceInWords(difference);
}

function differenceOf(a: KnownClaim, b: KnownClaim): ClaimDifference | null {
  const serials = a.serial === b.serial ? null : ([a.serial, b.serial] as const);
  const times = a.claimedAtMs === b.claimedAtMs ? null : ([a.claimedAtMs, b.claimedAtMs] as const);
  const codes = a.code !== null && b.code !== null && a.code !== b.code;
  return serials === null && times === null && !codes ? null : { serials, times, codes };
}

function byUser(piece: ClaimsPiece): Map<string, KnownByStore> {
  const users = new Map<string, KnownByStore>();
  for (const store of ['winners', 'outbox', 'mysql'] as const) {
    for (const claim of piece[store]) {
      let known = users.get(claim.userId);
      if (known === undefined) users.set(claim.userId, (known = { winners: [], outbox: [], mysql: [] }));
      known[store].push(claim);
    }
  }
  return users;
}

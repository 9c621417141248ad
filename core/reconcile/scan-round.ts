import { claimPages, type PagedClaim } from '../claims/claim-pages.ts';
import type { ClaimsPiece, KnownClaim } from '../compare/compare-claims.ts';
import { SerialSet } from '../compare/serial-set.ts';
import type { RoundSnapshot } from '../engines/engine.ts';
import { outboxPages } from '../engines/stream/outbox.ts';
import { findRound } from '../events/event-rows.ts';
import { counterFields, parseGateCounter } from '../gate/gate-counter.ts';
import { isWrongType } from '../gate/gate.ts';
import { toWinner, winnerPages, type Winner } from '../gate/winner-pages.ts';
import { roundKeys } from '../redis/keys.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import { readAhead } from '../runtime/read-ahead.ts';
import {
  agrees,
  entryClaims,
  expectedOf,
  lookAgain,
  suspectsMax,
  type CaseLook,
  type ClaimCase,
  type CounterNow,
  type JudgedRound,
  type Suspect,
} from './claim-case.ts';
import type { Pace } from './pace.ts';
import type { ReconcileProgress } from './report.ts';
import { isSerial, type WinnerScan } from './scan-winners.ts';

/**
 * One piece of a scan. Each user is in one piece only. `agreed` holds claims about which both stores agree and that are
 * not in the outbox. `amiss` holds the users of `piece` about whom the stores disagree.
 */
export type ScannedPiece = { agreed: readonly KnownClaim[]; piece: ClaimsPiece; amiss: ClaimCase[] };

export type ScanOptions = {
  /**
   * The highest serial to judge. A higher serial that the counter has reached by now belongs to a newer claim.
   */
  judgedTo: number;
  watch: (progress: ReconcileProgress) => void;
  /** Makes the scan rest after each page. */
  pace: Pace;
};

const rowsPerPage = 500;

/**
 * Reads a round from both stores and pairs what they know about each user. Holds in memory one page, a few bits for
 * each serial, and the users whose claims look odd in Redis. Reads the outbox first, then MySQL's claims in order, each
 * with its winner, then any remaining winners. Claims move in the same direction, from the outbox to MySQL, so the scan
 * misses none. Looks once more, in all stores at once, at each user about whom the stores don't agree.
 */
export const scanRound = (
  round: JudgedRound,
  snapshot: RoundSnapshot,
  winners: WinnerScan,
  options: ScanOptions,
): AsyncGenerator<ScannedPiece> => new RoundScan(round, snapshot, winners, options).pieces();

/** One scan of a round. */
class RoundScan {
  readonly #round: JudgedRound;
  readonly #keys: ReturnType<typeof roundKeys>;
  readonly #snapshot: RoundSnapshot;
  readonly #winners: WinnerScan;
  readonly #options: ScanOptions;
  /** Users to look at again at the end, with their outbox claims. */
  readonly #oddUsers: Map<string, KnownClaim[]>;
  /** Serials of winners that the scan has already returned. */
  readonly #handled = new SerialSet();
  /** Serials of winners whose claim is in the outbox. */
  readonly #pending = new SerialSet();
  /** Serials of rows that were returned after a second look at their users. */
  readonly #lookedAt = new SerialSet();
  /** The last serial that the scan can reach, used to report its progress. */
  readonly #newest: number;

  constructor(round: JudgedRound, snapshot: RoundSnapshot, winners: WinnerScan, options: ScanOptions) {
    this.#round = round;
    this.#keys = roundKeys(round.event.eventId, round.event.currentRound);
    this.#snapshot = snapshot;
    this.#winners = winners;
    this.#options = options;
    this.#oddUsers = new Map([...winners.odd].map((userId) => [userId, []]));
    this.#newest = Math.max(options.judgedTo, winners.serials.highest);
  }

  async *pieces(): AsyncGenerator<ScannedPiece> {
    const { inRedis, lastEntryId, counts } = this.#snapshot;
    if (inRedis && lastEntryId !== null) await this.#readOutbox(lastEntryId);
    yield* this.#storedClaims();
    // No winner is left if three things are true: every winner was paired with a row, no two winners share a serial,
    // and no number can have been settled on a page that the scan had already passed.
    const mayStillSettle = counts.attempts + counts.returned > 0;
    const anyLeft = this.#oddUsers.size > 0 || mayStillSettle || !this.#winners.serials.isSubsetOf(this.#handled);
    if (!inRedis || !anyLeft) return;
    yield* this.#leftWinners();
    yield* this.#confirmed([...this.#oddUsers].map(([userId, outbox]) => ({ userId, outbox })));
  }

  /** Records which claims are in the outbox, and which users have outbox claims that no winner explains. */
  async #readOutbox(lastEntryId: string): Promise<void> {
    const { stores, event, coder } = this.#round;
    const { eventId, currentRound } = event;
    for await (const entries of outboxPages(stores.redis.of(eventId).client, eventId, currentRound, lastEntryId)) {
      const claims = entries.flatMap((entry) => entryClaims(entry, coder));
      const winners = await this.#winnersOf(claims);
      for (const claim of claims) {
        const { userId, serial } = claim;
        const regular = isSame(winners.get(userId), claim) && isSerial(serial) && this.#pending.add(serial);
        if (regular && !this.#oddUsers.has(userId)) continue;
        this.#oddUsers.set(userId, [...(this.#oddUsers.get(userId) ?? []), claim]);
      }
      await this.#options.pace.rest();
    }
  }

  /** Reads MySQL's claims in order, each with its winner. */
  async *#storedClaims(): AsyncGenerator<ScannedPiece> {
    const { stores, event } = this.#round;
    const { judgedTo, watch, pace } = this.#options;
    const { eventId, currentRound: round } = event;
    for await (const rows of readAhead(claimPages(stores.db, { eventId, round, pageSize: rowsPerPage }))) {
      const last = rows.at(-1)?.serial ?? 0;
      const winners = this.#snapshot.inRedis ? await this.#winnersOf(rows) : new Map<string, Winner>();
      const counter = last > judgedTo ? await this.#counterNow() : null;
      const { agreed, suspects } = this.#pairRows(rows, winners, counter);
      yield { agreed, piece: emptyPiece(), amiss: [] };
      yield* this.#confirmed(suspects);
      watch({ step: 'claims in MySQL', done: last, of: this.#newest });
      await pace.rest();
    }
  }

  #pairRows(
    rows: readonly PagedClaim[],
    winners: ReadonlyMap<string, Winner>,
    counter: CounterNow,
  ): { agreed: KnownClaim[]; suspects: Suspect[] } {
    const { judgedTo } = this.#options;
    const agreed: KnownClaim[] = [];
    const suspects: Suspect[] = [];
    for (const row of rows) {
      const { serial, userId, code } = row;
      if (this.#oddUsers.has(userId)) continue;
      // If Redis has nothing of the round, a claim is compared with itself, and with the code that it must have.
      const winner = this.#snapshot.inRedis ? winners.get(userId) : row;
      const same = isSame(winner, row) && code === this.#round.coder(serial, userId);
      if (same && serial > judgedTo && isNewer([serial], counter)) {
        this.#handled.add(serial);
      } else if (!same || serial > judgedTo) {
        suspects.push({ userId, outbox: [] });
      } else {
        this.#handled.add(serial);
        agreed.push(row);
      }
    }
    return { agreed, suspects };
  }

  /** Reads the winners that were paired with no row. */
  async *#leftWinners(): AsyncGenerator<ScannedPiece> {
    const { watch, pace } = this.#options;
    let done = 0;
    for await (const page of winnerPages(this.#link(), this.#keys.winners)) {
      const { piece, suspects } = this.#pairWinners(page, await this.#counterNow());
      yield { agreed: [], piece, amiss: [] };
      yield* this.#confirmed(suspects);
      done += page.length;
      watch({ step: 'winners in Redis', done: Math.min(done, this.#newest), of: this.#newest });
      await pace.rest();
    }
  }

  #pairWinners(page: readonly Winner[], counter: CounterNow): { piece: MutablePiece; suspects: Suspect[] } {
    const piece = emptyPiece();
    const suspects: Suspect[] = [];
    for (const winner of page) {
      const { userId, serial } = winner;
      if (!isSerial(serial) || this.#oddUsers.has(userId) || this.#handled.has(serial)) continue;
      if (serial > this.#options.judgedTo && isNewer([serial], counter)) continue;
      if (this.#pending.has(serial)) {
        this.#handled.add(serial);
        const claim = { ...winner, code: null };
        piece.winners.push(claim);
        piece.outbox.push(claim);
      } else {
        suspects.push({ userId, outbox: [] });
      }
    }
    return { piece, suspects };
  }

  /**
   * Looks at suspects again, in all stores at once, and returns them; `amiss` has those about whom the stores still
   * disagree.
   */
  async *#confirmed(suspects: Suspect[]): AsyncGenerator<ScannedPiece> {
    const { inRedis } = this.#snapshot;
    for (let from = 0; from < suspects.length; from += suspectsMax) {
      const look = await lookAgain(this.#round, suspects.slice(from, from + suspectsMax), inRedis);
      yield this.#sortOut(inRedis ? look : { ...look, counter: await this.#counterNow() });
    }
  }

  #sortOut({ cases, counter }: CaseLook): ScannedPiece {
    const { coder } = this.#round;
    const { inRedis } = this.#snapshot;
    const piece = emptyPiece();
    const amiss: ClaimCase[] = [];
    for (const found of cases) {
      const { winner, outbox, stored, beingSettled } = found;
      if (winner !== null && isSerial(winner.serial)) {
        // HSCAN may return a winner twice, and a winner whose row was already seen may only just have been settled or
        // put back.
        if (this.#handled.has(winner.serial) && !this.#winners.odd.has(found.userId)) continue;
        this.#handled.add(winner.serial);
      }
      if (stored !== null && !this.#lookedAt.add(stored.serial)) continue;
      const known = [winner, ...outbox, stored].filter((claim) => claim !== null).map(({ serial }) => serial);
      if (known.every((serial) => serial > this.#options.judgedTo) && isNewer(known, counter)) continue;
      const mirrored = beingSettled || !inRedis ? stored : null;
      piece.winners.push(...[expectedOf(winner ?? mirrored, coder)].filter((claim) => claim !== null));
      piece.outbox.push(...outbox);
      if (stored !== null) piece.mysql.push(stored);
      if (!agrees(found, coder, inRedis)) amiss.push(found);
    }
    return { agreed: [], piece, amiss };
  }

  #link(): RedisLink {
    const { stores, event } = this.#round;
    return stores.redis.of(event.eventId);
  }

  async #winnersOf(claims: readonly { userId: string }[]): Promise<Map<string, Winner>> {
    const userIds = claims.map(({ userId }) => userId);
    const { client } = this.#link();
    const texts = userIds.length === 0 ? [] : await client.hmget(this.#keys.winners, ...userIds).catch(noneIfWrongType);
    const winners = new Map<string, Winner>();
    texts.forEach((text, i) => {
      if (text !== null) winners.set(userIds[i] ?? '', toWinner(userIds[i] ?? '', text));
    });
    return winners;
  }

  /** The counter now. If the round is not in Redis, MySQL issues the serials, and only the stock limits them. */
  async #counterNow(): Promise<CounterNow> {
    const { stores, event } = this.#round;
    if (!this.#snapshot.inRedis) {
      const now = await findRound(stores.db, event.eventId, event.currentRound);
      return now && { issued: Infinity, stock: now.roundRow.stock };
    }
    if (this.#snapshot.standing.kind !== 'gate') return null;
    return parseGateCounter(await this.#link().client.hmget(this.#keys.gate, ...counterFields));
  }
}

/** Whether the claims were decided after the snapshot, so that the counter has reached them by now. */
const isNewer = (known: readonly number[], counter: CounterNow): boolean =>
  counter !== null && known.every((serial) => serial <= counter.issued && serial <= counter.stock);

type MutablePiece = Record<keyof ClaimsPiece, KnownClaim[]>;

const emptyPiece = (): MutablePiece => ({ winners: [], outbox: [], mysql: [] });

const isSame = (winner: Winner | undefined, { serial, claimedAtMs }: Omit<KnownClaim, 'code'>): boolean =>
  winner?.serial === serial && winner.claimedAtMs === claimedAtMs;

const noneIfWrongType = (err: unknown): (string | null)[] => {
  if (isWrongType(err)) return [];
  throw err;
};

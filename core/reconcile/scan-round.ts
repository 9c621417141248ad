import { claimPages } from '../claims/claim-pages.ts';
import type { ClaimsPiece, KnownClaim } from '../compare/compare-claims.ts';
import { SerialSet } from '../compare/serial-set.ts';
import type { RoundSnapshot } from '../engines/engine.ts';
import { outboxPages } from '../engines/stream/outbox.ts';
import { findRound } from '../events/event-rows.ts';
import { counterFields, parseGateCounter } from '../gate/gate-counter.ts';
import { isWrongType } from '../gate/gate.ts';
import { toWinner, winnerPages, type Winner } from '../gate/winner-pages.ts';
import { roundKeys } from '../redis/keys.ts';
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

/**
 * What a scan hands over: everybody is in one piece only. Of those who are `agreed` both stores tell the same, and the outbox
 * nothing; `amiss` are those of `piece` about whom the stores disagree.
 */
export type ScannedPiece = { agreed: readonly KnownClaim[]; piece: ClaimsPiece; amiss: ClaimCase[] };

export type ScanOptions = {
  /** Serials up to here are judged; those above it that the counter has reached meanwhile are newer, and left out. */
  judgedTo: number;
  watch: (progress: ReconcileProgress) => void;
  /** Rests after each page. */
  pace: Pace;
};

const rowsPerPage = 500;

/** What the first look at the winners tells: bits, and the names of those who need a look of their own. */
export type WinnerScan = {
  /** The serials that winners have. */
  serials: SerialSet;
  /** Winners whose serial is none, or another winner's too. */
  odd: Set<string>;
};

/** Reads the winners once: which serials they have, and who has one that can't be his alone. */
export async function scanWinners({ stores, event }: JudgedRound, pace: Pace): Promise<WinnerScan> {
  const key = roundKeys(event.eventId, event.currentRound).winners;
  const serials = new SerialSet();
  const odd = new Set<string>();
  const twice = new Set<number>();
  for await (const page of readAhead(winnerPages(stores.redis, key))) {
    for (const { userId, serial } of page) {
      if (!isSerial(serial)) odd.add(userId);
      else if (!serials.add(serial)) twice.add(serial);
    }
    await pace.rest();
  }
  if (twice.size === 0) return { serials, odd };
  // Either somebody came twice, as they do while the hash grows, or two have one serial.
  const holders = new Map<number, Set<string>>();
  for await (const page of winnerPages(stores.redis, key)) {
    for (const { userId, serial } of page) {
      if (!twice.has(serial)) continue;
      const users = holders.get(serial) ?? new Set();
      holders.set(serial, users.add(userId));
    }
    await pace.rest();
  }
  for (const users of holders.values()) if (users.size > 1) for (const userId of users) odd.add(userId);
  return { serials, odd };
}

/**
 * Reads a round out of both stores and pairs what they know of each user, holding a page, some bits a serial, and those users
 * whose claims look odd in Redis. First the outbox, then MySQL's claims in order, each with its winner, then the winners
 * that are left, if any: what is on its way goes the same way, so that none of it is missed. Whoever does not agree is looked at
 * again, all stores at once, before it is handed over.
 */
export async function* scanRound(
  round: JudgedRound,
  snapshot: RoundSnapshot,
  { serials, odd }: WinnerScan,
  { judgedTo, watch, pace }: ScanOptions,
): AsyncGenerator<ScannedPiece> {
  const { stores, event, coder } = round;
  const { client } = stores.redis;
  const { eventId, currentRound } = event;
  const keys = roundKeys(eventId, currentRound);
  const oddUsers = new Map<string, KnownClaim[]>([...odd].map((userId) => [userId, []]));
  /** Serials of winners that were handed over, and of those whose claim waits in the outbox. */
  const handled = new SerialSet();
  const pending = new SerialSet();
  /** Serials of rows that were handed over after a look of their own. */
  const lookedAt = new SerialSet();
  const newest = Math.max(judgedTo, serials.highest);

  if (snapshot.inRedis && snapshot.lastEntryId !== null) {
    for await (const entries of outboxPages(client, eventId, currentRound, snapshot.lastEntryId)) {
      const claims = entries.flatMap((entry) => entryClaims(entry, coder));
      const winners = await winnersOf(claims);
      for (const claim of claims) {
        const regular = isSame(winners.get(claim.userId), claim) && isSerial(claim.serial) && pending.add(claim.serial);
        if (regular && !oddUsers.has(claim.userId)) continue;
        oddUsers.set(claim.userId, [...(oddUsers.get(claim.userId) ?? []), claim]);
      }
      await pace.rest();
    }
  }

  const storedPages = claimPages(stores.db, { eventId, round: currentRound, pageSize: rowsPerPage });
  for await (const rows of readAhead(storedPages)) {
    const last = rows.at(-1)?.serial ?? 0;
    const winners = snapshot.inRedis ? await winnersOf(rows) : new Map<string, Winner>();
    const agreed: KnownClaim[] = [];
    const suspects: Suspect[] = [];
    const counter = last > judgedTo ? await counterNow() : null;
    for (const row of rows) {
      const { serial, userId, code } = row;
      if (oddUsers.has(userId)) continue;
      // Where Redis has nothing of a round, a claim is compared with what it must be.
      const winner = snapshot.inRedis ? winners.get(userId) : row;
      const same = isSame(winner, row) && code === coder(serial, userId);
      if (same && serial > judgedTo && isNewer([serial], counter)) {
        handled.add(serial);
        continue;
      }
      if (!same || serial > judgedTo) {
        suspects.push({ userId, outbox: [] });
        continue;
      }
      handled.add(serial);
      agreed.push(row);
    }
    yield { agreed, piece: emptyPiece(), amiss: [] };
    yield* confirmed(suspects);
    watch({ step: 'claims in MySQL', done: last, of: newest });
    await pace.rest();
  }

  // Where every winner has had his row, and none has a serial that is not his alone, nobody is left. A number that was being
  // written at the snapshot, or had come back, may have settled behind the page that it would have been on.
  const mayStillSettle = snapshot.counts.attempts + snapshot.counts.returned > 0;
  const anyLeft = oddUsers.size > 0 || mayStillSettle || !serials.isSubsetOf(handled);
  if (snapshot.inRedis && anyLeft) {
    let done = 0;
    for await (const page of winnerPages(stores.redis, keys.winners)) {
      const counter = await counterNow();
      const piece = emptyPiece();
      const suspects: Suspect[] = [];
      for (const winner of page) {
        const { userId, serial } = winner;
        if (!isSerial(serial) || oddUsers.has(userId) || handled.has(serial)) continue;
        if (serial > judgedTo && isNewer([serial], counter)) continue;
        if (pending.has(serial)) {
          handled.add(serial);
          const claim = { ...winner, code: null };
          piece.winners.push(claim);
          piece.outbox.push(claim);
        } else {
          suspects.push({ userId, outbox: [] });
        }
      }
      yield { agreed: [], piece, amiss: [] };
      yield* confirmed(suspects);
      done += page.length;
      watch({ step: 'winners in Redis', done: Math.min(done, newest), of: newest });
      await pace.rest();
    }
    yield* confirmed([...oddUsers].map(([userId, outbox]) => ({ userId, outbox })));
  }

  async function* confirmed(suspects: Suspect[]): AsyncGenerator<ScannedPiece> {
    for (let from = 0; from < suspects.length; from += suspectsMax) {
      const look = await lookAgain(round, suspects.slice(from, from + suspectsMax), snapshot.inRedis);
      yield sortOut(snapshot.inRedis ? look : { ...look, counter: await counterNow() });
    }
  }

  function sortOut({ cases, counter }: CaseLook): ScannedPiece {
    const piece = emptyPiece();
    const amiss: ClaimCase[] = [];
    for (const found of cases) {
      const { winner, outbox, stored, beingSettled } = found;
      const claims = [winner, ...outbox, stored].filter((claim) => claim !== null);
      if (winner !== null && isSerial(winner.serial)) {
        // Winners come twice, perhaps, and one whose row was seen before may only have been settled, or put back.
        if (handled.has(winner.serial) && !odd.has(found.userId)) continue;
        handled.add(winner.serial);
      }
      if (stored !== null && !lookedAt.add(stored.serial)) continue;
      const known = claims.map(({ serial }) => serial);
      if (known.every((serial) => serial > judgedTo) && isNewer(known, counter)) continue;
      const mirrored = beingSettled || !snapshot.inRedis ? stored : null;
      piece.winners.push(...[expectedOf(winner ?? mirrored, coder)].filter((claim) => claim !== null));
      piece.outbox.push(...outbox);
      if (stored !== null) piece.mysql.push(stored);
      if (!agrees(found, coder, snapshot.inRedis)) amiss.push(found);
    }
    return { agreed: [], piece, amiss };
  }

  async function winnersOf(claims: readonly { userId: string }[]): Promise<Map<string, Winner>> {
    const userIds = claims.map(({ userId }) => userId);
    const texts = userIds.length === 0 ? [] : await client.hmget(keys.winners, ...userIds).catch(noneIfWrongType);
    const winners = new Map<string, Winner>();
    texts.forEach((text, i) => {
      if (text !== null) winners.set(userIds[i] ?? '', toWinner(userIds[i] ?? '', text));
    });
    return winners;
  }

  /** Where there is no counter, MySQL's highest serial is what was issued, and only the stock limits it. */
  async function counterNow(): Promise<CounterNow> {
    if (!snapshot.inRedis) {
      const now = await findRound(stores.db, eventId, currentRound);
      return now && { issued: Infinity, stock: now.roundRow.stock };
    }
    if (snapshot.standing.kind !== 'gate') return null;
    return parseGateCounter(await client.hmget(keys.gate, ...counterFields));
  }

  /** Decided after the snapshot: the counter has reached it by now. */
  function isNewer(known: number[], counter: CounterNow): boolean {
    return counter !== null && known.every((serial) => serial <= counter.issued && serial <= counter.stock);
  }
}

type MutablePiece = Record<keyof ClaimsPiece, KnownClaim[]>;

const emptyPiece = (): MutablePiece => ({ winners: [], outbox: [], mysql: [] });

const isSerial = (serial: number): boolean => Number.isSafeInteger(serial) && serial >= 1;

const isSame = (winner: Winner | undefined, { serial, claimedAtMs }: Omit<KnownClaim, 'code'>): boolean =>
  winner?.serial === serial && winner.claimedAtMs === claimedAtMs;

const noneIfWrongType = (err: unknown): (string | null)[] => {
  if (isWrongType(err)) return [];
  throw err;
};

import { listSettledFaults } from '../../claims/claim-faults.ts';
import { claimPages } from '../../claims/claim-pages.ts';
import { findClaimsOf, findStoredSerials } from '../../claims/claim-rows.ts';
import { openCoder, type Coder } from '../../claims/code.ts';
import type { EventRow } from '../../events/event-rows.ts';
import { limits } from '../../events/event.ts';
import { toWinner } from '../../gate/winner-pages.ts';
import { roundKeys } from '../../redis/keys.ts';
import { inPieces } from '../../runtime/in-pieces.ts';
import type { Stores } from '../../stores/stores.ts';
import type { WinnerWalk } from '../finishing.ts';

/** How a round's winners compare with MySQL. */
export type WinnerMatch = {
  winners: number;
  /**
   * Winners whose claim MySQL lacks, or has with a different serial, time or code, and that no operator has settled.
   */
  unstored: number;
  /** Rows that have no winner and that no settled claim explains. */
  unexplainedRows: number;
};

const rowsPerPage = 1_000;
const settledPerLook = 500;

export const newWalk = (): WinnerWalk => ({ afterSerial: 0, rows: 0, matched: 0 });

/**
 * Counts a round's rows that match a winner in Redis in user, serial, time and code. Walks MySQL's rows, not the hash
 * in Redis: each user has one row, and a walk over rows can resume from any serial, which the scan of a hash can't.
 * Keeps one page in memory. Advances `walk`. Resolves to false if stopped before the end; a later call with the same
 * `walk` continues.
 */
export async function walkRows(
  { db, redis }: Stores,
  { eventId, roundRow: { round, codeKey } }: EventRow,
  walk: WinnerWalk,
  isStopped: () => boolean,
): Promise<boolean> {
  const coder = openCoder(codeKey);
  const { winners } = roundKeys(eventId, round);
  const { afterSerial } = walk;
  for await (const rows of claimPages(db, { eventId, round, pageSize: rowsPerPage, afterSerial })) {
    const texts = await redis.of(eventId).client.hmget(winners, ...rows.map(({ userId }) => userId));
    walk.matched += rows.filter((row, i) => matchesRow(texts[i], row, coder)).length;
    walk.rows += rows.length;
    walk.afterSerial = rows.at(-1)?.serial ?? walk.afterSerial;
    if (isStopped()) return false;
  }
  return true;
}

/** What a finished walk shows about a round, given the claims that an operator has settled. */
export async function matchOf(stores: Stores, event: EventRow, { rows, matched }: WinnerWalk): Promise<WinnerMatch> {
  const { eventId, round } = event.roundRow;
  const settled = await readSettled(stores, event);
  const winners = await stores.redis.of(eventId).client.hlen(roundKeys(eventId, round).winners);
  return {
    winners,
    unstored: winners - matched - settled.excused,
    unexplainedRows: Math.max(0, rows - matched - settled.conflictingRows),
  };
}

/** Compares all of a round's winners with MySQL. */
export async function matchWinners(stores: Stores, event: EventRow): Promise<WinnerMatch> {
  const walk = newWalk();
  await walkRows(stores, event, walk, () => false);
  return matchOf(stores, event, walk);
}

/**
 * `excused`: how many winners' claims an operator has settled although MySQL lacks them or has them differently.
 * `conflictingRows`: how many rows have the serial or the user of such a claim.
 */
async function readSettled(
  { db, redis }: Stores,
  { eventId, roundRow: { round, codeKey } }: EventRow,
): Promise<{ excused: number; conflictingRows: number }> {
  const coder = openCoder(codeKey);
  const { winners } = roundKeys(eventId, round);
  const excused = new Set<string>();
  const conflictingRows = new Set<number>();
  // No winner and no row has any other user id.
  const settled = (await listSettledFaults(db, eventId, round)).filter(({ userId }) => limits.userId.test(userId));
  for (const faults of inPieces(settled, settledPerLook)) {
    const userIds = faults.map(({ userId }) => userId);
    const texts = await redis.of(eventId).client.hmget(winners, ...userIds);
    const stored = new Map((await findClaimsOf(db, { eventId, round, userIds })).map((row) => [row.userId, row]));
    const promised = faults.filter(({ serial, userId }, i) => {
      const text = texts[i];
      if (typeof text !== 'string' || toWinner(userId, text).serial !== serial) return false;
      const row = stored.get(userId);
      if (row === undefined) return true;
      if (matchesRow(text, row, coder)) return false;
      conflictingRows.add(row.serial);
      return true;
    });
    for (const { userId } of promised) excused.add(userId);
    const serials = promised.map(({ serial }) => serial);
    for (const serial of await findStoredSerials(db, { eventId, round, serials })) conflictingRows.add(serial);
  }
  return { excused: excused.size, conflictingRows: conflictingRows.size };
}

type Row = { serial: number; userId: string; code: string; claimedAtMs: number };

const matchesRow = (text: string | null | undefined, row: Row, coder: Coder): boolean =>
  text === `${row.serial}:${row.claimedAtMs}` && row.code === coder(row.serial, row.userId);

import type { Claim as ClaimModel } from '../../prisma/generated/client.ts';
import type { DbReader } from '../mysql/open-db.ts';
import type { Claim, ListedClaim } from './claim.ts';

/** A claim that is in MySQL. */
export type ClaimRow = Claim & { eventId: string; userId: string; persistedAtMs: number };

/** A user's claim, with the facts about its event that the user may know. */
export type UserClaimRow = ClaimRow & Pick<ListedClaim, 'eventName' | 'amount' | 'currency' | 'validUntilMs'>;

/** The user's claim in a round, or null. */
export async function findClaim(
  db: DbReader,
  eventId: string,
  round: number,
  userId: string,
): Promise<ClaimRow | null> {
  const row = await db.claim.findUnique({ where: { userId_eventId_round: { userId, eventId, round } } });
  return row && claimRow(row);
}

/** The claim that has the given serial in a round; null if no claim has it. */
export async function findClaimBySerial(
  db: DbReader,
  { eventId, round, serial }: { eventId: string; round: number; serial: number },
): Promise<ClaimRow | null> {
  const row = await db.claim.findUnique({ where: { eventId_round_serial: { eventId, round, serial } } });
  return row && claimRow(row);
}

/** The claim that has the given code, in any event; null if no claim has it. */
export async function findClaimByCode(db: DbReader, code: string): Promise<ClaimRow | null> {
  const row = await db.claim.findUnique({ where: { code } });
  return row && claimRow(row);
}

/** A user's claims in one event or in all, in all rounds, newest first. */
export async function listUserClaims(
  db: DbReader,
  query: { userId: string; eventId?: string | undefined; limit: number },
): Promise<UserClaimRow[]> {
  const { userId, eventId, limit } = query;
  const rows = await db.claim.findMany({
    where: { userId, ...(eventId !== undefined && { eventId }) },
    orderBy: [{ claimedAt: 'desc' }, { eventId: 'asc' }, { round: 'desc' }],
    take: limit,
    include: {
      roundRow: { select: { event: { select: { name: true, amount: true, currency: true, validUntil: true } } } },
    },
  });
  return rows.map((row) => {
    const { name, amount, currency, validUntil } = row.roundRow.event;
    const validUntilMs = validUntil?.getTime() ?? null;
    return { ...claimRow(row), eventName: name, amount: Number(amount), currency, validUntilMs };
  });
}

/** Claims of a round after `afterSerial`, in serial order. */
export async function listClaims(
  db: DbReader,
  query: { eventId: string; round: number; afterSerial?: number | undefined; limit: number },
): Promise<ClaimRow[]> {
  const { eventId, round, afterSerial = 0, limit } = query;
  const rows = await db.claim.findMany({
    where: { eventId, round, serial: { gt: afterSerial } },
    orderBy: { serial: 'asc' },
    take: limit,
  });
  return rows.map(claimRow);
}

/** How many serials one page looks at, so that a time that matches nothing costs no scan of a whole round. */
const browsedPerPage = 100_000;

export type BrowseQuery = {
  eventId: string;
  round: number;
  order: 'asc' | 'desc';
  /** The last serial that the caller has already seen, in the order of the pages. */
  after?: number | undefined;
  /** Only claims at or after this time. */
  fromAtMs?: number | undefined;
  /** Only claims before this time. */
  untilAtMs?: number | undefined;
  limit: number;
};

/**
 * A page of a round's claims, by serial. `nextAfter` starts the next page, and is null at the end of the round. A page
 * that is restricted to a time may have few claims or none although more follow, because it looks at a limited number
 * of serials.
 */
export async function browseClaims(
  db: DbReader,
  { eventId, round, order, after, fromAtMs, untilAtMs, limit }: BrowseQuery,
): Promise<{ claims: ClaimRow[]; nextAfter: number | null }> {
  const isAscending = order === 'asc';
  const highest = await highestSerial(db, eventId, round);
  const start = after ?? (isAscending ? 0 : highest + 1);
  const end = isAscending ? start + browsedPerPage : start - browsedPerPage;
  const claimedAt = {
    ...(fromAtMs !== undefined && { gte: new Date(fromAtMs) }),
    ...(untilAtMs !== undefined && { lt: new Date(untilAtMs) }),
  };
  const rows = await db.claim.findMany({
    where: {
      ...{ eventId, round, serial: isAscending ? { gt: start, lte: end } : { lt: start, gte: end } },
      ...(Object.keys(claimedAt).length > 0 && { claimedAt }),
    },
    orderBy: { serial: order },
    take: limit,
  });
  const reached = rows.length === limit ? (rows.at(-1)?.serial ?? end) : end;
  const hasMore = isAscending ? reached < highest : reached > 1;
  return { claims: rows.map(claimRow), nextAfter: hasMore ? reached : null };
}

/** The claims of a round that belong to the given users. */
export async function findClaimsOf(
  db: DbReader,
  { eventId, round, userIds }: { eventId: string; round: number; userIds: readonly string[] },
): Promise<ClaimRow[]> {
  const rows = await db.claim.findMany({ where: { eventId, round, userId: { in: [...userIds] } } });
  return rows.map(claimRow);
}

/** Returns the given serials of a round that have a claim. */
export async function findStoredSerials(
  db: DbReader,
  { eventId, round, serials }: { eventId: string; round: number; serials: readonly number[] },
): Promise<Set<number>> {
  const where = { eventId, round, serial: { in: [...serials] } };
  const rows = await db.claim.findMany({ where, select: { serial: true } });
  return new Set(rows.map(({ serial }) => serial));
}

/**
 * The most serials that one statement counts, which takes 24 ms. Counting millions in one statement would exceed the
 * statement time limit.
 */
const countedPerStatement = 100_000;

/**
 * How many claims of a round are in MySQL. Takes 0.24 us per claim. Claims that are added during the count may or may
 * not be counted.
 */
export async function countClaims(db: DbReader, eventId: string, round: number): Promise<number> {
  const highest = await highestSerial(db, eventId, round);
  let count = 0;
  for (let after = 0; after < highest; after += countedPerStatement) {
    count += await db.claim.count({
      where: { eventId, round, serial: { gt: after, lte: after + countedPerStatement } },
    });
  }
  return count;
}

/** The claim with the highest serial of a round in MySQL; null if there is none. */
export async function newestClaim(
  db: DbReader,
  eventId: string,
  round: number,
): Promise<{ serial: number; claimedAtMs: number } | null> {
  const row = await db.claim.findFirst({
    where: { eventId, round },
    orderBy: { serial: 'desc' },
    select: { serial: true, claimedAt: true },
  });
  return row && { serial: row.serial, claimedAtMs: row.claimedAt.getTime() };
}

/** The highest serial of a round in MySQL; 0 if there is none. */
export async function highestSerial(db: DbReader, eventId: string, round: number): Promise<number> {
  return (await newestClaim(db, eventId, round))?.serial ?? 0;
}

function claimRow(row: ClaimModel): ClaimRow {
  return {
    eventId: row.eventId,
    round: row.round,
    userId: row.userId,
    serial: row.serial,
    code: row.code,
    claimedAtMs: row.claimedAt.getTime(),
    persistedAtMs: row.persistedAt.getTime(),
  };
}

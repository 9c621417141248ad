import { Prisma } from '../../prisma/generated/client.ts';
import { limits } from '../event.ts';
import type { Db, DbReader } from './open-db.ts';

/** A decided claim as an outbox has it: `entryId` and `position` say where. */
export type OutboxClaim = {
  serial: number;
  userId: string;
  code: string;
  claimedAtMs: number;
  entryId: string;
  position: number;
};

/**
 * Why MySQL can't take a claim: its serial is another claim's, its user or its code is in another claim of the round,
 * the serial is above the round's stock, there is no such round, or a value can't be stored at all.
 */
export type ClaimFaultReason =
  'serial_taken' | 'duplicate_user' | 'duplicate_code' | 'over_stock' | 'unknown_round' | 'malformed';

/** A claim that MySQL can't take, and why; it is in `claim_faults` by the time it is returned. */
export type ClaimFault = { claim: OutboxClaim; reason: ClaimFaultReason; detail: string };

/** Rows in one statement: 100 of the longest are 600 KB. */
const rowsMax = 100;

/** How many serials of a round up to `highest` MySQL could not take and has no other claim for. */
export async function countMissingFaults(
  db: DbReader,
  eventId: string,
  round: number,
  highest: number,
): Promise<number> {
  const [row] = await db.$queryRaw<{ missing: bigint }[]>`
    SELECT COUNT(DISTINCT f.serial) AS missing FROM claim_faults f
      LEFT JOIN claims c ON c.event_id = f.event_id AND c.round = f.round AND c.serial = f.serial
    WHERE f.event_id = ${eventId} AND f.round = ${round} AND f.serial BETWEEN 1 AND ${highest} AND c.serial IS NULL`;
  return Number(row?.missing ?? 0);
}

/** Claims of a round that were set aside, whose user and whose serial have no claim in MySQL: they were promised. */
export async function listPromisedFaults(
  db: DbReader,
  eventId: string,
  round: number,
): Promise<{ serial: number; userId: string; claimedAtMs: number; reason: string }[]> {
  const rows = await db.$queryRaw<{ serial: bigint; user_id: string; claimed_at: Date; reason: string }[]>`
    SELECT f.serial, f.user_id, f.claimed_at, f.reason FROM claim_faults f
      LEFT JOIN claims c ON c.event_id = f.event_id AND c.round = f.round AND c.serial = f.serial
    WHERE f.event_id = ${eventId} AND f.round = ${round} AND f.serial >= 1 AND f.claimed_at IS NOT NULL
      AND c.serial IS NULL
    ORDER BY f.serial, f.id`;
  const claims = rows.map((row) => ({
    ...{ serial: Number(row.serial), userId: row.user_id },
    ...{ claimedAtMs: row.claimed_at.getTime(), reason: row.reason },
  }));
  const first = new Map(claims.toReversed().map((claim) => [claim.serial, claim]));
  return [...first.values()].filter(({ userId }) => limits.userId.test(userId)).toSorted((a, b) => a.serial - b.serial);
}

/** A claim that was set aside, as `claim_faults` has it. */
export type FaultRow = {
  serial: number | null;
  userId: string;
  claimedAtMs: number | null;
  reason: string;
  detail: string;
  createdAtMs: number;
};

/** What was set aside of a round for a user, with a serial, or with a code; the newest first, at most 10. */
export async function findFaults(
  db: DbReader,
  { eventId, round, userId, serial, code }: { eventId: string; round: number } & Partial<FaultKey>,
): Promise<FaultRow[]> {
  const rows = await db.claimFault.findMany({
    where: {
      eventId,
      round,
      ...(userId !== undefined && { userId }),
      ...(serial !== undefined && { serial }),
      ...(code !== undefined && { code }),
    },
    orderBy: { id: 'desc' },
    take: 10,
  });
  return rows.map((row) => ({
    serial: row.serial === null ? null : Number(row.serial),
    userId: row.userId,
    claimedAtMs: row.claimedAt?.getTime() ?? null,
    reason: row.reason,
    detail: row.detail,
    createdAtMs: row.createdAt.getTime(),
  }));
}

type FaultKey = { userId: string; serial: number; code: string };

/** Writes faults down; one that is written already, by its place in the outbox, stays as it is. */
export async function recordClaimFaults(
  db: Db,
  { eventId, round, faults }: { eventId: string; round: number; faults: ClaimFault[] },
): Promise<void> {
  const now = new Date();
  for (let from = 0; from < faults.length; from += rowsMax) {
    const rows = faults.slice(from, from + rowsMax).map(({ claim, reason, detail }) => {
      const serial = Number.isSafeInteger(claim.serial) ? claim.serial : null;
      const claimedAt = isTime(claim.claimedAtMs) ? new Date(claim.claimedAtMs) : null;
      const found = [serial, text(claim.userId, 1_000), text(claim.code, 255), claimedAt];
      const values = [eventId, round, ...found, reason, text(detail, 1_000), claim.entryId, claim.position, now];
      return Prisma.sql`(${Prisma.join(values)})`;
    });
    // Neither createMany's skipDuplicates, which is INSERT IGNORE and hides every other error too, nor JSON_TABLE, whose
    // texts take the database's character set and lose what it doesn't have.
    await db.$executeRaw`
      INSERT INTO claim_faults
        (event_id, round, serial, user_id, code, claimed_at, reason, detail, entry_id, position, created_at)
      VALUES ${Prisma.join(rows)} ON DUPLICATE KEY UPDATE round = claim_faults.round`;
  }
}

/** Whatever was in the outbox, as far as a column can hold it. */
const text = (value: unknown, charsMax: number): string =>
  Array.from(String(value).toWellFormed()).slice(0, charsMax).join('');

const isTime = (ms: unknown): ms is number => typeof ms === 'number' && ms >= 0 && ms <= Date.UTC(9999, 11, 31);

/** Claims of a round that were set aside and that an operator has settled since. */
export async function listSettledFaults(
  db: DbReader,
  eventId: string,
  round: number,
): Promise<{ serial: number; userId: string }[]> {
  const rows = await db.claimFault.findMany({
    where: { eventId, round, settledAt: { not: null }, serial: { not: null } },
    select: { serial: true, userId: true },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ serial, userId }) => ({ serial: Number(serial), userId }));
}

/**
 * How many claims of a round were set aside, are not settled, and are not in MySQL by now with their user and serial: each
 * is a promise that only Redis and `claim_faults` know of.
 */
export async function countUnsettledFaults(db: DbReader, eventId: string, round: number): Promise<number> {
  const rows = await db.$queryRaw<{ serial: bigint; user_id: string; stored_user: string | null }[]>`
    SELECT f.serial, f.user_id, c.user_id AS stored_user FROM claim_faults f
      LEFT JOIN claims c ON c.event_id = f.event_id AND c.round = f.round AND c.serial = f.serial
    WHERE f.event_id = ${eventId} AND f.round = ${round} AND f.settled_at IS NULL AND f.serial >= 1
      AND f.claimed_at IS NOT NULL`;
  const open = rows.filter(({ user_id: userId, stored_user: storedUser }) => userId !== storedUser);
  return new Set(open.map(({ serial, user_id: userId }) => `${serial} ${userId}`)).size;
}

/** The highest serial up to `stock` that was promised and set aside, settled or not; 0 when there is none. */
export async function highestFaultSerial(
  db: DbReader,
  { eventId, round, stock }: { eventId: string; round: number; stock: number },
): Promise<number> {
  const highest = await db.claimFault.findFirst({
    where: { eventId, round, serial: { gte: 1, lte: stock }, claimedAt: { not: null } },
    orderBy: { serial: 'desc' },
    select: { serial: true },
  });
  return Number(highest?.serial ?? 0);
}

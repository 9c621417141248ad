import { Prisma } from '../../prisma/generated/client.ts';
import { limits, type StrategyName } from '../events/event.ts';
import type { Db, DbReader, DbTransaction } from '../mysql/open-db.ts';

/** A decided claim as it is in an outbox, at `position` of the entry `entryId`. */
export type OutboxClaim = {
  serial: number;
  userId: string;
  code: string;
  claimedAtMs: number;
  entryId: string;
  position: number;
};

/**
 * Why MySQL can't store a claim: another claim has its serial, another claim of the round has its user, another claim
 * has its code, the serial is above the round's stock, the round does not exist, or a value can't be stored at all.
 */
export type ClaimFaultReason =
  'serial_taken' | 'duplicate_user' | 'duplicate_code' | 'over_stock' | 'unknown_round' | 'malformed';

export type ClaimFault = { claim: OutboxClaim; reason: ClaimFaultReason; detail: string };

/** A fault that is in `claim_faults`. `settled`: an operator has already settled it. */
export type RecordedFault = ClaimFault & { settled: boolean };

/** Rows per INSERT. At the maximum row length, 100 rows are 600 KB. */
const rowsMax = 100;

/**
 * How many serials of a round, up to `highest`, have a fault and no claim in MySQL. With `settledOnly`, counts only
 * faults that an operator settled.
 */
export async function countMissingFaults(
  db: DbReader,
  {
    eventId,
    round,
    highest,
    settledOnly = false,
  }: { eventId: string; round: number; highest: number; settledOnly?: boolean },
): Promise<number> {
  const isCounted = settledOnly ? Prisma.sql`AND f.settled_at IS NOT NULL` : Prisma.empty;
  const [row] = await db.$queryRaw<{ missing: bigint }[]>`
    SELECT COUNT(DISTINCT f.serial) AS missing FROM claim_faults f
      LEFT JOIN claims c ON c.event_id = f.event_id AND c.round = f.round AND c.serial = f.serial
    WHERE f.event_id = ${eventId} AND f.round = ${round} AND f.serial BETWEEN 1 AND ${highest} AND c.serial IS NULL
      ${isCounted}`;
  return Number(row?.missing ?? 0);
}

/** A claim that was promised and that MySQL could not store. */
export type PromisedFault = { serial: number; userId: string; claimedAtMs: number; reason: string };

/**
 * A round's set-aside claims whose serial has no claim in MySQL, including claims that an operator has settled: the
 * user stays a winner, and nobody else gets the serial.
 */
export async function listPromisedFaults(db: DbReader, eventId: string, round: number): Promise<PromisedFault[]> {
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

/** Who settled a fault, when and why. */
export type Settlement = { atMs: number; by: string; reason: string };

/** A claim that was set aside, as it is in `claim_faults`. */
export type FaultRow = {
  id: number;
  eventId: string;
  round: number;
  serial: number | null;
  userId: string;
  claimedAtMs: number | null;
  reason: string;
  detail: string;
  createdAtMs: number;
  /** Null until an operator decides. */
  settled: Settlement | null;
};

/** `stored`: MySQL has the claim after all, with this serial and user. */
export type ClaimFaultView = FaultRow & { stored: boolean };

/** How many open faults a round has. */
export type OpenFaults = { eventId: string; round: number; claims: number };

/** Joins a fault with its own claim, if MySQL has that claim after all. */
const ownClaim = Prisma.sql`claims c ON c.event_id = f.event_id AND c.round = f.round AND c.serial = f.serial
  AND c.user_id = f.user_id`;

/** A fault is open until an operator settles it or its claim is stored. */
const isOpen = Prisma.sql`f.settled_at IS NULL AND c.serial IS NULL`;

/**
 * Rounds with open faults, of one event or of all events, except events with a strategy in `except`. Includes earlier
 * rounds and rounds that are not in Redis.
 */
export async function listOpenFaults(
  db: DbReader,
  { eventId, except }: { eventId?: string | undefined; except: readonly StrategyName[] },
): Promise<OpenFaults[]> {
  const ofOthers =
    except.length === 0
      ? Prisma.empty
      : Prisma.sql`AND (e.strategy IS NULL OR e.strategy NOT IN (${Prisma.join([...except])}))`;
  const ofEvent = eventId === undefined ? Prisma.empty : Prisma.sql`AND f.event_id = ${eventId}`;
  const rows = await db.$queryRaw<{ event_id: string; round: bigint; claims: bigint }[]>`
    SELECT f.event_id, f.round, COUNT(*) AS claims FROM claim_faults f
      LEFT JOIN events e ON e.id = f.event_id
      LEFT JOIN ${ownClaim}
    WHERE ${isOpen} ${ofEvent} ${ofOthers}
    GROUP BY f.event_id, f.round ORDER BY f.event_id, f.round`;
  return rows.map((row) => ({ eventId: row.event_id, round: Number(row.round), claims: Number(row.claims) }));
}

/** How many open faults an event has, in one round or in all, whatever its strategy. */
export async function countOpenFaults(db: DbReader, eventId: string, round?: number): Promise<number> {
  const ofRound = round === undefined ? Prisma.empty : Prisma.sql`AND f.round = ${round}`;
  const [row] = await db.$queryRaw<{ claims: bigint }[]>`
    SELECT COUNT(*) AS claims FROM claim_faults f LEFT JOIN ${ownClaim}
    WHERE f.event_id = ${eventId} ${ofRound} AND ${isOpen}`;
  return Number(row?.claims ?? 0);
}

type ViewRow = {
  id: bigint;
  event_id: string;
  round: bigint;
  serial: bigint | null;
  user_id: string;
  claimed_at: Date | null;
  reason: string;
  detail: string;
  created_at: Date;
  settled_at: Date | null;
  settled_by: string | null;
  settled_reason: string | null;
  is_stored: bigint;
};

/**
 * An event's faults, in one round or in all. Open faults come first. Open faults and other faults are each ordered from
 * oldest to newest.
 */
export async function listFaults(
  db: DbReader,
  { eventId, round, limit }: { eventId: string; round?: number | undefined; limit: number },
): Promise<ClaimFaultView[]> {
  const ofRound = round === undefined ? Prisma.empty : Prisma.sql`AND f.round = ${round}`;
  return viewsOf(
    await db.$queryRaw<ViewRow[]>`
      SELECT ${viewColumns} FROM claim_faults f LEFT JOIN ${ownClaim}
      WHERE f.event_id = ${eventId} ${ofRound}
      ORDER BY CASE WHEN ${isOpen} THEN 0 ELSE 1 END, f.id LIMIT ${limit}`,
  );
}

/** One fault of an event; null if the event has no fault with this id. */
export async function findFault(db: DbReader, eventId: string, id: number): Promise<ClaimFaultView | null> {
  const [fault] = viewsOf(
    await db.$queryRaw<ViewRow[]>`
      SELECT ${viewColumns} FROM claim_faults f LEFT JOIN ${ownClaim}
      WHERE f.id = ${id} AND f.event_id = ${eventId}`,
  );
  return fault ?? null;
}

/** Settles a fault. Resolves to false, and changes nothing, if it is already settled: the first decision stands. */
export async function settleFaultRow(
  tx: DbTransaction,
  { eventId, id }: { eventId: string; id: number },
  { atMs, by, reason }: Settlement,
): Promise<boolean> {
  const { count } = await tx.claimFault.updateMany({
    where: { id: BigInt(id), eventId, settledAt: null },
    data: { settledAt: new Date(atMs), settledBy: by, settledReason: reason },
  });
  return count > 0;
}

/**
 * Users of a round whose faults are all settled or stored. `lacking`: MySQL lacks at least one of the user's claims.
 */
export async function listUsersWithoutOpenFaults(
  db: DbReader,
  eventId: string,
  round: number,
): Promise<Map<string, { lacking: boolean }>> {
  const rows = await db.$queryRaw<{ user_id: string; lacking: unknown }[]>`
    SELECT f.user_id, SUM(c.serial IS NULL) AS lacking FROM claim_faults f LEFT JOIN ${ownClaim}
    WHERE f.event_id = ${eventId} AND f.round = ${round}
    GROUP BY f.user_id HAVING SUM(${isOpen}) = 0`;
  return new Map(rows.map((row) => [row.user_id, { lacking: Number(row.lacking) > 0 }]));
}

/** Serials that MySQL lacks and whose faults an operator has settled, by user. */
export async function listSettledUnstored(
  db: DbReader,
  eventId: string,
  round: number,
): Promise<Map<string, Set<number>>> {
  const rows = await db.$queryRaw<{ user_id: string; serial: bigint }[]>`
    SELECT f.user_id, f.serial FROM claim_faults f LEFT JOIN ${ownClaim}
    WHERE f.event_id = ${eventId} AND f.round = ${round} AND f.serial IS NOT NULL AND c.serial IS NULL
    GROUP BY f.user_id, f.serial HAVING SUM(f.settled_at IS NULL) = 0`;
  const settled = new Map<string, Set<number>>();
  for (const { user_id: userId, serial } of rows) {
    const serials = settled.get(userId) ?? new Set();
    settled.set(userId, serials.add(Number(serial)));
  }
  return settled;
}

/**
 * Where in the outbox the faults of some users' claims are already recorded. A repair that finds the same fault again
 * records it at the same place in the outbox, so it isn't recorded twice.
 */
export async function findFaultPlaces(
  db: DbReader,
  { eventId, round, userIds }: { eventId: string; round: number; userIds: string[] },
): Promise<Pick<OutboxClaim, 'serial' | 'userId' | 'entryId' | 'position'>[]> {
  const rows = await db.claimFault.findMany({
    where: { eventId, round, userId: { in: userIds }, serial: { not: null } },
    select: { serial: true, userId: true, entryId: true, position: true },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ serial, ...row }) => ({ ...row, serial: Number(serial) }));
}

/** Faults of a round with a given user, serial or code, at most 10: unsettled ones first, then the newest. */
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
    // NULL, which means unsettled, sorts first.
    orderBy: [{ settledAt: 'asc' }, { id: 'desc' }],
    take: 10,
  });
  return rows.map((row) => ({
    ...{ id: Number(row.id), eventId, round },
    serial: row.serial === null ? null : Number(row.serial),
    userId: row.userId,
    claimedAtMs: row.claimedAt?.getTime() ?? null,
    reason: row.reason,
    detail: row.detail,
    createdAtMs: row.createdAt.getTime(),
    settled: settlementOf(row.settledAt, row.settledBy, row.settledReason),
  }));
}

type FaultKey = { userId: string; serial: number; code: string };

const viewColumns = Prisma.sql`f.id, f.event_id, f.round, f.serial, f.user_id, f.claimed_at, f.reason, f.detail,
  f.created_at, f.settled_at, f.settled_by, f.settled_reason, c.serial IS NOT NULL AS is_stored`;

const viewsOf = (rows: readonly ViewRow[]): ClaimFaultView[] =>
  rows.map((row) => ({
    ...{ id: Number(row.id), eventId: row.event_id, round: Number(row.round) },
    serial: row.serial === null ? null : Number(row.serial),
    userId: row.user_id,
    claimedAtMs: row.claimed_at?.getTime() ?? null,
    reason: row.reason,
    detail: row.detail,
    createdAtMs: row.created_at.getTime(),
    settled: settlementOf(row.settled_at, row.settled_by, row.settled_reason),
    stored: Number(row.is_stored) === 1,
  }));

const settlementOf = (at: Date | null, by: string | null, reason: string | null): Settlement | null =>
  at === null ? null : { atMs: at.getTime(), by: by ?? '', reason: reason ?? '' };

/**
 * Records faults. A fault that is already recorded for the same place in the outbox stays unchanged, settled or not.
 */
export async function recordClaimFaults(
  db: Db,
  { eventId, round, faults }: { eventId: string; round: number; faults: ClaimFault[] },
): Promise<RecordedFault[]> {
  const now = new Date();
  const recorded: RecordedFault[] = [];
  for (let from = 0; from < faults.length; from += rowsMax) {
    const piece = faults.slice(from, from + rowsMax);
    const rows = piece.map(({ claim, reason, detail }) => {
      const serial = Number.isSafeInteger(claim.serial) ? claim.serial : null;
      const claimedAt = isTime(claim.claimedAtMs) ? new Date(claim.claimedAtMs) : null;
      const found = [serial, faultUserId(claim.userId), text(claim.code, 255), claimedAt];
      const values = [eventId, round, ...found, reason, text(detail, 1_000), claim.entryId, claim.position, now];
      return Prisma.sql`(${Prisma.join(values)})`;
    });
    // Don't use `createMany` with `skipDuplicates`, because that is INSERT IGNORE, which hides all other errors too.
    // Don't use JSON_TABLE either, because it converts texts to the database's character set and loses the characters
    // that the set lacks.
    await db.$executeRaw`
      INSERT INTO claim_faults
        (event_id, round, serial, user_id, code, claimed_at, reason, detail, entry_id, position, created_at)
      VALUES ${Prisma.join(rows)} ON DUPLICATE KEY UPDATE round = claim_faults.round`;
    const settled = await settledAmong(db, { eventId, round, faults: piece });
    recorded.push(...piece.map((fault) => ({ ...fault, settled: settled.has(placeName(fault.claim)) })));
  }
  return recorded;
}

async function settledAmong(
  db: Db,
  { eventId, round, faults }: { eventId: string; round: number; faults: ClaimFault[] },
): Promise<Set<string>> {
  const entryIds = [...new Set(faults.map(({ claim }) => claim.entryId))];
  const rows = await db.claimFault.findMany({
    where: { eventId, round, entryId: { in: entryIds }, settledAt: { not: null } },
    select: { entryId: true, position: true },
  });
  return new Set(rows.map(placeName));
}

const placeName = ({ entryId, position }: Pick<OutboxClaim, 'entryId' | 'position'>): string =>
  `${entryId}/${position}`;

/** A user id as `claim_faults` stores it: whatever the outbox had, truncated to the column's length. */
export const faultUserId = (userId: unknown): string => text(userId, 1_000);

/** Whatever the outbox had as text, truncated to a column's length. */
const text = (value: unknown, charsMax: number): string =>
  Array.from(String(value).toWellFormed()).slice(0, charsMax).join('');

const isTime = (ms: unknown): ms is number => typeof ms === 'number' && ms >= 0 && ms <= Date.UTC(9999, 11, 31);

/** Claims of a round that were set aside and that an operator has settled. */
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
 * How many claims of a round were set aside, are not settled, and are not in MySQL with their serial and user. MySQL's
 * `claims` lacks them, so only Redis and `claim_faults` know that they were promised.
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

/** The highest promised serial up to `stock` that was set aside, settled or not; 0 if there is none. */
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

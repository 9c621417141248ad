import { type Session, sqlTime, sqlTimeMs } from '../../mysql/sessions.ts';

/** Everything that decides one user's claim, read from MySQL at one moment. */
export type RoundLook = {
  /** The strategy that the row names; this version may not know it. */
  strategy: string;
  round: number;
  stock: number;
  opensAtMs: number;
  closesAtMs: number | null;
  paused: boolean;
  closed: boolean;
  needsApproval: boolean;
  codeKey: Buffer;
  seeded: boolean;
  /** The highest serial of the round; there are no gaps below it. */
  issued: number;
  /**
   * MySQL's clock, but never before the newest claim, so that claim times don't go back and an open round stays open.
   */
  nowMs: number;
  /** The user's claim in the round. */
  own: { serial: number; code: string; claimedAtMs: number } | null;
};

type LookRow = {
  strategy: string;
  round: number;
  stock: number;
  opens_at: string;
  closes_at: string | null;
  paused: number;
  closed_at: string | null;
  needs_approval: number;
  code_key: Buffer;
  seeded_at: string | null;
  now: string;
  newest_serial: number | null;
  newest_at: string | null;
  own_serial: number | null;
  own_code: string | null;
  own_at: string | null;
};

/**
 * Uses one statement, so that everything is read at one moment. ORDER BY and LIMIT find the newest claim by its key;
 * MAX would read all claims of the round, because the round comes from a different table.
 */
const lookSql = `
  SELECT e.strategy, e.round, r.stock, r.opens_at, r.closes_at, r.paused, r.closed_at, r.needs_approval, r.code_key,
    r.seeded_at, NOW(3) AS now, newest.serial AS newest_serial, newest.claimed_at AS newest_at,
    own.serial AS own_serial, own.code AS own_code, own.claimed_at AS own_at
  FROM events e
    JOIN rounds r ON r.event_id = e.id AND r.round = e.round
    LEFT JOIN claims own ON own.user_id = ? AND own.event_id = e.id AND own.round = e.round
    LEFT JOIN claims newest ON newest.event_id = e.id AND newest.round = e.round AND newest.serial =
      (SELECT c.serial FROM claims c WHERE c.event_id = e.id AND c.round = e.round ORDER BY c.serial DESC LIMIT 1)
  WHERE e.id = ?`;

/** Reads an event's current round without waiting for any lock; null if there is no such event. */
export async function lookAtRound(session: Session, eventId: string, userId: string): Promise<RoundLook | null> {
  const [row] = await session.rows<LookRow>(lookSql, [userId, eventId]);
  if (row === undefined) return null;
  const { own_serial: serial, own_code: code, own_at: claimedAt } = row;
  const newestAtMs = row.newest_at === null ? 0 : sqlTimeMs(row.newest_at);
  return {
    strategy: row.strategy,
    round: row.round,
    stock: row.stock,
    opensAtMs: sqlTimeMs(row.opens_at),
    closesAtMs: row.closes_at === null ? null : sqlTimeMs(row.closes_at),
    paused: row.paused !== 0,
    closed: row.closed_at !== null,
    needsApproval: row.needs_approval !== 0,
    codeKey: row.code_key,
    seeded: row.seeded_at !== null,
    issued: row.newest_serial ?? 0,
    nowMs: Math.max(sqlTimeMs(row.now), newestAtMs),
    own:
      serial === null || code === null || claimedAt === null
        ? null
        : { serial, code, claimedAtMs: sqlTimeMs(claimedAt) },
  };
}

/**
 * Keeps a round's row from being changed until the transaction ends. With `exclusive`, no other transaction can lock
 * the row either.
 */
export async function lockRound(
  session: Session,
  eventId: string,
  round: number,
  lock: 'exclusive' | 'shared',
): Promise<void> {
  await session.rows(lockSql[lock], [eventId, round]);
}

const lockSql = {
  exclusive: 'SELECT stock FROM rounds WHERE event_id = ? AND round = ? FOR UPDATE',
  shared: 'SELECT stock FROM rounds WHERE event_id = ? AND round = ? LOCK IN SHARE MODE',
};

/** Stores a claim. Throws MySQL's error 1062 if the claim's serial is taken or its user already has a claim. */
export async function insertClaim(
  session: Session,
  claim: { eventId: string; round: number; serial: number; userId: string; code: string; claimedAtMs: number },
): Promise<void> {
  const { eventId, round, serial, userId, code, claimedAtMs } = claim;
  await session.run(
    `INSERT INTO claims (event_id, round, serial, user_id, code, claimed_at, persisted_at)
     VALUES (?, ?, ?, ?, ?, ?, NOW(3))`,
    [eventId, round, serial, userId, code, sqlTime(claimedAtMs)],
  );
}

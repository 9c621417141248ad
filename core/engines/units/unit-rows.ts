import { mysqlErrno } from '../../mysql/mysql-error.ts';
import type { Db } from '../../mysql/open-db.ts';
import { type Session, sqlTime, sqlTimeMs } from '../../mysql/sessions.ts';
import type { StoredUnit } from './unit-scripts.ts';

/** The claim that a unit becomes. */
export type UnitClaim = StoredUnit & { eventId: string; round: number; code: string };

/** `refused`: nothing was stored; `rows` are the claims that already have the unit's serial or its user. */
export type InsertedUnit = { kind: 'stored' } | { kind: 'refused'; rows: StoredUnit[] };

const duplicate = 1062;

/**
 * Stores a unit's claim, in one statement that is its own transaction. Locks the round's row, so that while the stock
 * is being lowered, no serial above the new stock is stored. Throws if MySQL does not answer; the claim may have been
 * stored.
 */
export async function insertUnit(session: Session, claim: UnitClaim): Promise<InsertedUnit> {
  const { eventId, round, serial, userId, code, claimedAtMs } = claim;
  try {
    const stored = await session.run(
      `INSERT INTO claims (event_id, round, serial, user_id, code, claimed_at, persisted_at)
       SELECT event_id, round, ?, ?, ?, ?, NOW(3) FROM rounds
       WHERE event_id = ? AND round = ? AND stock >= ? LOCK IN SHARE MODE`,
      [serial, userId, code, sqlTime(claimedAtMs), eventId, round, serial],
    );
    return stored === 1 ? { kind: 'stored' } : { kind: 'refused', rows: [] };
  } catch (err) {
    if (mysqlErrno(err) !== duplicate) throw err;
    return { kind: 'refused', rows: await findConflicting(session, claim) };
  }
}

async function findConflicting(session: Session, { eventId, round, serial, userId }: UnitClaim): Promise<StoredUnit[]> {
  const rows = await session.rows<{ serial: number; user_id: string; claimed_at: string }>(
    `SELECT serial, user_id, claimed_at FROM claims WHERE event_id = ? AND round = ? AND serial = ?
     UNION SELECT serial, user_id, claimed_at FROM claims WHERE user_id = ? AND event_id = ? AND round = ?`,
    [eventId, round, serial, userId, eventId, round],
  );
  return rows.map((row) => ({ serial: row.serial, userId: row.user_id, claimedAtMs: sqlTimeMs(row.claimed_at) }));
}

/** The claims of a round that have one of the serials or belong to one of the users. */
export async function findUnitRows(
  db: Db,
  { eventId, round, serials, userIds }: { eventId: string; round: number; serials: number[]; userIds: string[] },
): Promise<StoredUnit[]> {
  const select = { serial: true, userId: true, claimedAt: true } as const;
  const bySerial = await db.claim.findMany({ where: { eventId, round, serial: { in: serials } }, select });
  const byUser = await db.claim.findMany({ where: { eventId, round, userId: { in: userIds } }, select });
  const rows = new Map([...bySerial, ...byUser].map((row) => [row.serial, row]));
  return [...rows.values()].map(({ serial, userId, claimedAt }) => ({
    serial,
    userId,
    claimedAtMs: claimedAt.getTime(),
  }));
}

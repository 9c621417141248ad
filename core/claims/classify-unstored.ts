import { say } from '../messages/message.ts';
import type { Db } from '../mysql/open-db.ts';
import { Fault } from '../runtime/fault.ts';
import type { ClaimFault, ClaimFaultReason, OutboxClaim } from './claim-faults.ts';

type StoredRow = { event_id: string; round: bigint; serial: bigint; user_id: string; code: string; claimed_at: Date };
type Stored = Omit<StoredRow, 'round' | 'serial'> & { round: number; serial: number };

/** Whatever MySQL has that could keep some claims of a round from being stored. */
type Obstacles = {
  stock: number | undefined;
  bySerial: Map<number, Stored>;
  byUser: Map<string, Stored>;
  byCode: Map<string, Stored>;
};

/**
 * Returns the claims that are not stored as given, each with the reason. Compares row by row, so use it only for
 * batches that are known to differ. Throws `unavailable` if a claim is not stored although nothing conflicts with it,
 * for example because a row changed during the call; the next attempt may store the claim.
 */
export async function classifyUnstored(
  db: Db,
  batch: { eventId: string; round: number; claims: OutboxClaim[] },
): Promise<ClaimFault[]> {
  const obstacles = await findObstacles(db, batch);
  return batch.claims.flatMap((claim) => {
    const fault = judge(claim, obstacles);
    if (fault === 'stored') return [];
    if (fault === 'unexplained') {
      const { eventId, round } = batch;
      throw new Fault('unavailable', say('claim_unexplained', { eventId, round, serial: claim.serial }));
    }
    return [{ claim, ...fault }];
  });
}

type Verdict = 'stored' | 'unexplained' | { reason: ClaimFaultReason; detail: string };

function judge(claim: OutboxClaim, { stock, bySerial, byUser, byCode }: Obstacles): Verdict {
  if (stock === undefined) return { reason: 'unknown_round', detail: 'there is no such round' };
  const atSerial = bySerial.get(claim.serial);
  if (atSerial !== undefined) {
    if (atSerial.user_id !== claim.userId) {
      return { reason: 'serial_taken', detail: `the serial is ${atSerial.user_id}'s` };
    }
    if (atSerial.code !== claim.code) {
      return { reason: 'serial_taken', detail: 'the same user has this serial with a different code' };
    }
    if (atSerial.claimed_at.getTime() !== claim.claimedAtMs) {
      return {
        reason: 'serial_taken',
        detail: `the same user has this serial with a different time, ${atSerial.claimed_at.toISOString()}`,
      };
    }
    return 'stored';
  }
  if (claim.serial > stock) return { reason: 'over_stock', detail: `the round's stock is ${stock}` };
  const ofUser = byUser.get(claim.userId);
  if (ofUser !== undefined) return { reason: 'duplicate_user', detail: `the user has serial ${ofUser.serial}` };
  const withCode = byCode.get(claim.code);
  if (withCode !== undefined) {
    const { event_id, round, serial } = withCode;
    return { reason: 'duplicate_code', detail: `serial ${serial} of ${event_id}/${round} has this code` };
  }
  return 'unexplained';
}

/**
 * Reads the stock before the rows. In the other order, a claim that is stored after the stock was raised would seem to
 * be above the stock. Reads all rows in one statement, so that they all show the same moment. Converts the texts in the
 * JSON to ascii_bin, the type of the columns, because a comparison in utf8mb4 could not use an index.
 */
async function findObstacles(
  db: Db,
  { eventId, round, claims }: { eventId: string; round: number; claims: OutboxClaim[] },
): Promise<Obstacles> {
  const roundRow = await db.round.findUnique({ where: { eventId_round: { eventId, round } }, select: { stock: true } });
  const json = JSON.stringify(claims.map(({ serial, userId, code }) => [serial, userId, code]));
  const rows = await db.$queryRaw<StoredRow[]>`
    SELECT c.event_id, c.round, c.serial, c.user_id, c.code, c.claimed_at
    FROM JSON_TABLE(${json}, '$[*]' COLUMNS (serial BIGINT PATH '$[0]')) AS j
      JOIN claims AS c ON c.event_id = ${eventId} AND c.round = ${round} AND c.serial = j.serial
    UNION SELECT c.event_id, c.round, c.serial, c.user_id, c.code, c.claimed_at
    FROM JSON_TABLE(${json}, '$[*]' COLUMNS (user_id VARCHAR(128) PATH '$[1]')) AS j
      JOIN claims AS c ON c.user_id = CONVERT(j.user_id USING ascii) COLLATE ascii_bin
        AND c.event_id = ${eventId} AND c.round = ${round}
    UNION SELECT c.event_id, c.round, c.serial, c.user_id, c.code, c.claimed_at
    FROM JSON_TABLE(${json}, '$[*]' COLUMNS (code VARCHAR(32) PATH '$[2]')) AS j
      JOIN claims AS c ON c.code = CONVERT(j.code USING ascii) COLLATE ascii_bin`;
  const stored = rows.map((row) => ({ ...row, round: Number(row.round), serial: Number(row.serial) }));
  const inRound = stored.filter((row) => row.event_id === eventId && row.round === round);
  return {
    stock: roundRow?.stock,
    bySerial: new Map(inRound.map((row) => [row.serial, row])),
    byUser: new Map(inRound.map((row) => [row.user_id, row])),
    byCode: new Map(stored.map((row) => [row.code, row])),
  };
}

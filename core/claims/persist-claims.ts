import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../events/event.ts';
import { isDataError, isDeadlock, isLockConflict, mysqlErrno } from '../mysql/mysql-error.ts';
import type { Db } from '../mysql/open-db.ts';
import { describeStatement } from '../mysql/trace-statement.ts';
import { traced } from '../tracing/span.ts';
import { type ClaimFault, type OutboxClaim, type RecordedFault, recordClaimFaults } from './claim-faults.ts';
import { classifyUnstored } from './classify-unstored.ts';

export type { OutboxClaim };

type Batch = { eventId: string; round: number; claims: OutboxClaim[] };

/** Claims per INSERT. At the maximum length, 2,000 claims are 400 KB, far below any `max_allowed_packet`. */
const rowsMax = 2_000;
/** How many times a statement is tried in total. Deadlocks happen if two workers drain one outbox. */
const attemptsMax = { deadlock: 6, lockWait: 2 };

/**
 * Stores claims of one round, each once; leaves claims that are already stored unchanged. When this resolves, every
 * claim is either in `claims`, exactly as given, or in `claim_faults`, so the outbox entries may be deleted. Safe to
 * repeat, and to run in several workers at once. Throws if MySQL doesn't answer, or refuses for a reason that has
 * nothing to do with the claims.
 */
export async function persistClaims(db: Db, batch: Batch): Promise<{ persisted: number; faults: RecordedFault[] }> {
  const faults: RecordedFault[] = [];
  let persisted = 0;
  for (let from = 0; from < batch.claims.length; from += rowsMax) {
    const claims = batch.claims.slice(from, from + rowsMax);
    const part = await persistPart(db, { ...batch, claims });
    faults.push(...part);
    persisted += claims.length - part.length;
  }
  return { persisted, faults };
}

async function persistPart(db: Db, batch: Batch): Promise<RecordedFault[]> {
  const { eventId, round } = batch;
  const faults: ClaimFault[] = [];
  const wellFormed: OutboxClaim[] = [];
  for (const claim of batch.claims) {
    const detail = malformation(claim);
    if (detail === undefined) wellFormed.push(claim);
    else faults.push({ claim, reason: 'malformed', detail });
  }
  const { sent, refused } = await insert(db, { eventId, round, claims: wellFormed });
  faults.push(...refused);
  if (!(await allStored(db, { eventId, round, claims: sent }))) {
    faults.push(...(await classifyUnstored(db, { eventId, round, claims: sent })));
  }
  return recordClaimFaults(db, { eventId, round, faults });
}

/**
 * Why a claim can't be stored as it is. Checked before the insert, because JSON_TABLE would silently truncate such
 * values or turn them into zero.
 */
function malformation(claim: OutboxClaim): string | undefined {
  const { serial, userId, code, claimedAtMs } = claim;
  if (!Number.isSafeInteger(serial) || serial < 1) return `serial is ${String(serial)}`;
  if (typeof userId !== 'string' || !limits.userId.test(userId))
    return 'the user id is not 1 to 128 printable ASCII characters';
  if (typeof code !== 'string' || !codeForm.test(code)) return 'the code is not 1 to 32 printable ASCII characters';
  if (!Number.isSafeInteger(claimedAtMs) || claimedAtMs < 0 || claimedAtMs > lastMs) {
    return `the time of the claim is ${String(claimedAtMs)}`;
  }
  return undefined;
}

const codeForm = /^[\x21-\x7e]{1,32}$/;
/** The last instant that a DATETIME can hold. */
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Inserts all claims in one statement. If MySQL refuses a claim, halves the batch until that claim is alone, so that
 * the others are stored.
 */
async function insert(db: Db, batch: Batch): Promise<{ sent: OutboxClaim[]; refused: ClaimFault[] }> {
  const { claims } = batch;
  if (claims.length === 0) return { sent: [], refused: [] };
  try {
    await insertAll(db, batch);
    return { sent: claims, refused: [] };
  } catch (error) {
    const errno = mysqlErrno(error);
    if (errno === undefined || !isDataError(errno)) throw error;
    const [claim, ...others] = claims;
    if (claim === undefined) throw error;
    if (others.length === 0) return { sent: [], refused: [{ claim, reason: 'malformed', detail: `MySQL ${errno}` }] };
    const middle = claims.length >> 1;
    const head = await insert(db, { ...batch, claims: claims.slice(0, middle) });
    const tail = await insert(db, { ...batch, claims: claims.slice(middle) });
    return { sent: [...head.sent, ...tail.sent], refused: [...head.refused, ...tail.refused] };
  }
}

/**
 * Inserts one row for each claim in the JSON, in SQL that both MySQL 8 and MariaDB accept. Leaves out serials above the
 * stock. If a row already has the serial, the user or the code, leaves that row unchanged.
 */
async function insertAll(db: Db, { eventId, round, claims }: Batch): Promise<void> {
  const json = JSON.stringify(
    claims.map(({ serial, userId, code, claimedAtMs }) => [serial, userId, code, claimedAtMs]),
  );
  for (let attempt = 1; ; attempt++) {
    try {
      await traced(
        ...describeStatement('INSERT', 'claims'),
        async () => db.$executeRaw`
        INSERT INTO claims (event_id, round, serial, user_id, code, claimed_at, persisted_at)
        SELECT r.event_id, r.round, j.serial, j.user_id, j.code,
          TIMESTAMPADD(MICROSECOND, j.ms * 1000, '1970-01-01 00:00:00.000'), ${new Date()}
        FROM JSON_TABLE(${json}, '$[*]' COLUMNS (
            serial BIGINT PATH '$[0]', user_id VARCHAR(128) PATH '$[1]', code VARCHAR(32) PATH '$[2]', ms BIGINT PATH '$[3]'
          )) AS j
          JOIN rounds AS r
        WHERE r.event_id = ${eventId} AND r.round = ${round} AND j.serial BETWEEN 1 AND r.stock
        ON DUPLICATE KEY UPDATE serial = claims.serial`,
      );
      return;
    } catch (error) {
      const errno = mysqlErrno(error);
      if (errno === undefined || !isLockConflict(errno)) throw error;
      if (attempt >= (isDeadlock(errno) ? attemptsMax.deadlock : attemptsMax.lockWait)) throw error;
      await sleep(Math.random() * 20 * 2 ** attempt);
    }
  }
}

/**
 * Whether all claims are stored exactly as given. Compares MySQL's rows, as one text, with the expected text. Also
 * false for harmless differences: rows of other batches between these claims, a claim that occurs twice in the batch,
 * or a text that MySQL truncated.
 */
async function allStored(db: Db, { eventId, round, claims }: Batch): Promise<boolean> {
  if (claims.length === 0) return true;
  const ordered = claims.toSorted((a, b) => a.serial - b.serial);
  const first = ordered[0]?.serial ?? 0;
  const last = ordered.at(-1)?.serial ?? 0;
  // Don't read a wide range, because it could hold millions of other claims.
  if (last - first >= 2 * rowsMax) return false;
  const read = () => db.$queryRaw<{ all_lines: string | null }[]>`
    SELECT GROUP_CONCAT(serial, ' ', user_id, ' ', code, ' ',
      TIMESTAMPDIFF(MICROSECOND, '1970-01-01', claimed_at) DIV 1000 ORDER BY serial SEPARATOR '\n') AS all_lines
    FROM claims WHERE event_id = ${eventId} AND round = ${round} AND serial BETWEEN ${first} AND ${last}`;
  const rows = await traced(...describeStatement('SELECT', 'claims'), async () => read());
  const expected = ordered.map((claim) => `${claim.serial} ${claim.userId} ${claim.code} ${claim.claimedAtMs}`);
  return rows[0]?.all_lines === expected.join('\n');
}

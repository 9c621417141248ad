import type { Db } from '../mysql/open-db.ts';
import { listClaims } from './claim-rows.ts';

/** A claim with the fields that are compared with Redis. */
export type PagedClaim = { serial: number; userId: string; code: string; claimedAtMs: number };

/** `afterSerial`: the last serial that the caller has already read. */
export type ClaimPagesQuery = { eventId: string; round: number; pageSize: number; afterSerial?: number };

/**
 * The claims of a round in serial order, in pages, for callers that read millions. MySQL sends a page as one text,
 * which costs this process a quarter of what separate rows would. A page with a row that can't be parsed from such a
 * text, because somebody wrote it by hand, is read as rows.
 */
export async function* claimPages(
  db: Db,
  { eventId, round, pageSize, afterSerial: from = 0 }: ClaimPagesQuery,
): AsyncGenerator<PagedClaim[]> {
  for (let afterSerial = from; ;) {
    const page = await readPage(db, { eventId, round, afterSerial, limit: pageSize });
    const last = page.at(-1);
    if (last === undefined) return;
    afterSerial = last.serial;
    yield page;
  }
}

type PageQuery = { eventId: string; round: number; afterSerial: number; limit: number };

async function readPage(db: Db, query: PageQuery): Promise<PagedClaim[]> {
  const { eventId, round, afterSerial, limit } = query;
  const [row] = await db.$queryRaw<{ found: bigint; all_lines: string | null }[]>`
    SELECT COUNT(*) AS found, GROUP_CONCAT(serial, ' ', ms, ' ', code, ' ', user_id ORDER BY serial SEPARATOR '\n') AS all_lines
    FROM (
      SELECT serial, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', claimed_at) DIV 1000 AS ms, code, user_id FROM claims
      WHERE event_id = ${eventId} AND round = ${round} AND serial > ${afterSerial} ORDER BY serial LIMIT ${limit}
    ) AS page`;
  if (row === undefined || row.all_lines === null) return [];
  const claims = parseLines(row.all_lines);
  if (claims.length === Number(row.found)) return claims;
  const rows = await listClaims(db, query);
  return rows.map(({ serial, userId, code, claimedAtMs }) => ({ serial, userId, code, claimedAtMs }));
}

/** Parses the lines that are in our format, and skips the others. */
function parseLines(lines: string): PagedClaim[] {
  const claims: PagedClaim[] = [];
  for (const [, serial, ms, code = '', userId = ''] of lines.matchAll(line)) {
    claims.push({ serial: Number(serial), userId, code, claimedAtMs: Number(ms) });
  }
  return claims;
}

const line = /^(\d+) (\d+) ([!-~]+) ([!-~]+)$/gm;

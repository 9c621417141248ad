import { setTimeout as sleep } from 'node:timers/promises';
import type { DbReader } from '../mysql/open-db.ts';

/** Slows a long read down while a sale is running. */
export type Pace = {
  /**
   * Called after each piece of work: waits a while if a sale is running. Rejects with the signal's reason if `signal`
   * is aborted.
   */
  rest(): Promise<void>;
};

export type PaceMeans = {
  /** How many rows have been inserted into MySQL so far, in all tables. */
  rowsInserted: () => Promise<number>;
  nowMs: () => number;
  sleep: (ms: number) => Promise<unknown>;
  /** Aborting it ends the work. */
  signal?: AbortSignal | undefined;
};

/** While a sale is running, each piece of work is followed by a rest this many times as long. */
export const restsPerWork = 3;
/**
 * Faster inserts than this mean that a sale is running, because claims of every strategy end up as rows. A slower sale
 * needs no protection.
 */
const saleRowsPerSecond = 50;
const lookEveryMs = 250;
/** Rows come in batches, so a sale counts as over only after this long without new rows. */
const saleLingersMs = 2_000;

/**
 * Paces the work by the rows that are inserted into MySQL. All processes' rows count, because other processes may store
 * a sale's claims.
 */
export function createPace({ rowsInserted, nowMs, sleep: pause, signal }: PaceMeans): Pace {
  let workedSinceMs = nowMs();
  let seen: { rows: number; atMs: number } | null = null;
  let saleUntilMs = -Infinity;
  return {
    rest: async () => {
      const restMs = (nowMs() - workedSinceMs) * restsPerWork;
      await look();
      if (nowMs() < saleUntilMs) await pause(restMs);
      signal?.throwIfAborted();
      workedSinceMs = nowMs();
    },
  };

  async function look(): Promise<void> {
    const atMs = nowMs();
    if (seen !== null && atMs - seen.atMs < lookEveryMs) return;
    const rows = await rowsInserted();
    if (seen !== null && ((rows - seen.rows) * 1_000) / (atMs - seen.atMs) >= saleRowsPerSecond) {
      saleUntilMs = nowMs() + saleLingersMs;
    }
    seen = { rows, atMs };
  }
}

/** A pace that watches a MySQL or MariaDB server. */
export const paceBy = (db: DbReader, signal?: AbortSignal): Pace =>
  createPace({
    rowsInserted: () => readRowsInserted(db),
    nowMs: () => performance.now(),
    sleep: (ms) => sleep(ms, undefined, { signal }).catch(() => undefined),
    signal,
  });

/**
 * How many rows were inserted since the server started. MySQL counts InnoDB's inserts. MariaDB counts all inserts
 * except those into temporary tables. Throws if the server has neither count.
 */
export async function readRowsInserted(db: DbReader): Promise<number> {
  const rows = await db.$queryRaw<{ Variable_name: string; Value: string }[]>`
    SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_rows_inserted', 'Handler_write')`;
  const counts = new Map(rows.map((row) => [row.Variable_name, Number(row.Value)]));
  const count = counts.get('Innodb_rows_inserted') ?? counts.get('Handler_write');
  if (count === undefined) throw new Error('The MySQL server does not report how many rows were inserted.');
  return count;
}

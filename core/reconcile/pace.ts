import { setTimeout as sleep } from 'node:timers/promises';
import type { DbReader } from '../mysql/open-db.ts';

/** What lets a long reading be slow while a sale goes on, and quick otherwise. */
export type Pace = {
  /** Called after each piece of work: rests as long as it has to. Rejects with the reason of `signal` once that is aborted. */
  rest(): Promise<void>;
};

export type PaceMeans = {
  /** How many rows MySQL has taken in so far, all tables together. */
  rowsInserted: () => Promise<number>;
  nowMs: () => number;
  sleep: (ms: number) => Promise<unknown>;
  /** Aborted when the work should end. */
  signal?: AbortSignal | undefined;
};

/** While a sale goes on, each piece of work is followed by a rest of that many times its length. */
export const restsPerWork = 3;
/** Claims of every strategy end as rows; a sale that brings fewer than these a second is not slowed by anything. */
const saleRowsPerSecond = 50;
const lookEveryMs = 250;
/** Rows come in batches: a sale is over when none have come for so long. */
const saleLingersMs = 2_000;

/** Paces work by the rows that arrive in MySQL, whoever sends them: the sale may be another event's, or another server's. */
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

/** A pace that goes by a MySQL, or MariaDB. */
export const paceBy = (db: DbReader, signal?: AbortSignal): Pace =>
  createPace({
    rowsInserted: () => readRowsInserted(db),
    nowMs: () => performance.now(),
    sleep: (ms) => sleep(ms, undefined, { signal }).catch(() => undefined),
    signal,
  });

/**
 * How many rows the server has taken in since its start. MySQL counts those of InnoDB; MariaDB does not any more, but has a
 * count of all that leaves temporary tables out, which a reading needs for each of its pages. Throws when there is neither.
 */
export async function readRowsInserted(db: DbReader): Promise<number> {
  const rows = await db.$queryRaw<{ Variable_name: string; Value: string }[]>`
    SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_rows_inserted', 'Handler_write')`;
  const counts = new Map(rows.map((row) => [row.Variable_name, Number(row.Value)]));
  const count = counts.get('Innodb_rows_inserted') ?? counts.get('Handler_write');
  if (count === undefined) throw new Error('The server does not say how many rows it has taken in.');
  return count;
}

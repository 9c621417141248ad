import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { StrategyName } from '../../core/events/event.ts';
import { openDb } from '../../core/mysql/open-db.ts';
import { openToolRedis } from '../../core/redis/open-redis.ts';
import { serverBuilds } from '../../scripts/servers/server-builds.ts';
import type { ReadyBuild } from '../../scripts/servers/server-cache.ts';
import { readSettings } from '../../scripts/start/settings.ts';
import { runSale, type SaleResult } from '../flash-sale/run-sale.ts';
import { startOwnSystem } from '../flash-sale/system.ts';

/** The parts of a flash sale's result that `npm run compat` reports. */
export type Sale = Pick<SaleResult, 'strategy' | 'verdict' | 'issued' | 'persisted'>;

export type SaleOptions = {
  strategies: readonly StrategyName[];
  users: number;
  stock: number;
  say: (line: string) => void;
  signal: AbortSignal;
};

const root = dirname(dirname(import.meta.dirname));
const nowhere = { write: () => true, isTTY: false, columns: 0 };

/**
 * Starts a system on the first servers in PATH, and runs a flash sale with each strategy. Deletes the system's data at
 * the end.
 */
export async function sellOnOwnSystem(
  expected: readonly ReadyBuild[],
  { strategies, users, stock, say, signal }: SaleOptions,
): Promise<Sale[]> {
  const parent = mkdtempSync(join(tmpdir(), 'firstcome-compat-'));
  // Passes on only these variables, because others may name another system.
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  const settings = readSettings(root, { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE });
  try {
    // Discards the system's output. Warnings such as "busy" are normal in a sale, and if the system can't start, the
    // error has the reason.
    const quiet = (): void => undefined;
    const system = await startOwnSystem(settings, { dataDir: join(parent, 'data'), say: quiet, signal });
    try {
      requireServers(expected, await runningVersions(system));
      const sales: Sale[] = [];
      for (const strategy of strategies) {
        const options = { users, stock, strategy, seed: 1, json: true };
        const sale = await runSale(options, system, nowhere, signal);
        for (const line of saleLines(sale)) say(line);
        sales.push(sale);
      }
      return sales;
    } finally {
      await system.stop();
    }
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function saleLines({ strategy, issued, persisted, promises, verdict }: SaleResult): string[] {
  const found = promises.flatMap(({ promise, findings, reasons }) => [
    ...reasons.map((reason) => `${promise}: ${reason}`),
    ...findings.map(({ kind, count, examples }) => `${promise}: ${kind} (${count}) ${examples[0]?.detail ?? ''}`),
  ]);
  return [
    `${strategy.padEnd(18)} ${issued} issued, ${persisted} in MySQL, ${verdict}`,
    ...found.map((line) => `  ${line}`),
  ];
}

async function runningVersions(at: { redisUrl: string; databaseUrl: string }): Promise<string[]> {
  const redis = openToolRedis(at.redisUrl);
  const db = openDb(at.databaseUrl, { poolMax: 1 });
  try {
    const info = await redis.info('server');
    const [row] = await db.$queryRaw<{ version: string }[]>`SELECT VERSION() AS version`;
    // Valkey also reports a Redis version, so look for Valkey's own version first.
    const ofRedis = /^valkey_version:(\S+)/m.exec(info) ?? /^redis_version:(\S+)/m.exec(info);
    return [row?.version ?? '', ofRedis?.[1] ?? ''];
  } finally {
    redis.disconnect();
    await db.$disconnect();
  }
}

/** Throws if the system runs on other servers than expected. */
function requireServers(expected: readonly ReadyBuild[], running: readonly string[]): void {
  const absent = expected.find(({ name }) => !running.some((text) => text.startsWith(serverBuilds[name].version)));
  if (absent === undefined) return;
  throw new Error(`The trial is for ${absent.name}, but the system runs on versions ${running.join(' and ')}.`);
}

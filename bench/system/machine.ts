import { wrkVersion } from '../wrk/wrk.ts';
import type { BenchSystem } from './bench-system.ts';
import { describeMeasurement, type Measurement } from '../../proof/measurement.ts';

/** The machine, versions and settings of a measurement. */
export type Setting = Measurement & {
  versions: { node: string; redis: string; mysql: string; wrk: string };
  /** `always` and 1 mean that every answer depends on writes that were fsynced. */
  durability: { appendonly: string; appendfsync: string; maxmemoryPolicy: string; innodbFlushLogAtTrxCommit: string };
};

export async function describeSetting(system: BenchSystem, command: string, root: string): Promise<Setting> {
  const { redis, db } = system;
  const setting = async (name: string): Promise<string> => {
    const reply: unknown = await redis.config('GET', name);
    return Array.isArray(reply) ? String(reply[1]) : '';
  };
  const [row] = await db.$queryRaw<{ version: string; flush: bigint | number }[]>`
    SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flush`;
  return {
    ...describeMeasurement(command, root),
    versions: {
      node: process.versions.node,
      redis: /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? 'unknown',
      mysql: row?.version ?? 'unknown',
      wrk: await wrkVersion(),
    },
    durability: {
      appendonly: await setting('appendonly'),
      appendfsync: await setting('appendfsync'),
      maxmemoryPolicy: await setting('maxmemory-policy'),
      innodbFlushLogAtTrxCommit: String(row?.flush),
    },
  };
}

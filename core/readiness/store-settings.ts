import type { Redis } from 'ioredis';
import type { Db } from '../mysql/open-db.ts';

/** In which respects a Redis may lose what it accepted, or take it away; null when it does not show its settings. */
export async function redisWeaknesses(redis: Redis): Promise<string[] | null> {
  // Two calls, because one of several patterns needs Redis 7.
  const asked = ['append*', 'maxmemory*'].map((pattern) => redis.config('GET', pattern));
  const settings = await Promise.all(asked).catch(() => null);
  if (settings === null) return null;
  const said = new Map(settings.flatMap((reply) => [...settingsOf(reply)]));
  return [
    said.get('appendonly') === 'yes' ? '' : 'appendonly is not yes',
    said.get('appendfsync') === 'always' ? '' : `appendfsync is ${said.get('appendfsync') ?? 'unknown'}, not always`,
    said.get('maxmemory-policy') === 'noeviction' ? '' : 'maxmemory-policy is not noeviction',
  ].filter((problem) => problem !== '');
}

/** How much Redis may still take, in bytes, and whether its file could be written; `free` is null when there is no limit. */
export async function redisHeadroom(redis: Redis): Promise<{ freeBytes: number | null; writes: boolean }> {
  const [memory, persistence] = await Promise.all([redis.info('memory'), redis.info('persistence')]);
  const field = (text: string, name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const max = Number(field(memory, 'maxmemory'));
  const used = Number(field(memory, 'used_memory'));
  const last = [field(persistence, 'aof_last_write_status'), field(persistence, 'aof_last_bgrewrite_status')];
  return { freeBytes: max > 0 ? Math.max(0, max - used) : null, writes: last.every((status) => status !== 'err') };
}

/** In which respects a MySQL may lose what it committed. */
export async function mysqlWeaknesses(db: Db): Promise<string[]> {
  const [row] = await db.$queryRaw<{ flush: bigint; binlog: bigint; sync: bigint }[]>`
    SELECT CAST(@@innodb_flush_log_at_trx_commit AS SIGNED) AS flush, CAST(@@log_bin AS SIGNED) AS binlog,
      CAST(@@sync_binlog AS SIGNED) AS sync`;
  if (row === undefined) throw new Error('MySQL did not tell its settings');
  const { flush, binlog, sync } = row;
  return [
    Number(flush) === 1 ? '' : `innodb_flush_log_at_trx_commit is ${flush}, not 1`,
    Number(binlog) === 0 || Number(sync) === 1 ? '' : `sync_binlog is ${sync}, not 1`,
  ].filter((problem) => problem !== '');
}

/** CONFIG GET replies name, value, name, value, ... */
function settingsOf(reply: unknown): Map<string, string> {
  const flat = Array.isArray(reply) ? reply.map(String) : Object.entries(reply as Record<string, string>).flat();
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : [])));
}

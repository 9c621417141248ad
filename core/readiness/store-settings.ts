import type { Redis } from 'ioredis';
import type { Db } from '../mysql/open-db.ts';

/**
 * Which settings of a Redis let it lose or evict what it accepted; null if the settings are hidden. The following
 * settings are not checked, because no promise depends on them: `save` and `stop-writes-on-bgsave-error` (the
 * append-only file is what counts), `aof-use-rdb-preamble` (a format), `aof-load-truncated` (a crash can't cut off what
 * an fsync covered, and no caller was answered about the rest), `lazyfree-*` (when memory is freed).
 */
export async function redisWeaknesses(redis: Redis): Promise<string[] | null> {
  // Each pattern gets its own call, because several patterns in one call need Redis 7.
  const asked = ['*append*', 'maxmemory*', 'replica-read-only'].map((pattern) => redis.config('GET', pattern));
  const settings = await Promise.all(asked).catch(() => null);
  if (settings === null) return null;
  const values = new Map(settings.flatMap((reply) => [...settingsOf(reply)]));
  return [
    values.get('appendonly') === 'yes' ? '' : 'appendonly is not yes',
    values.get('appendfsync') === 'always'
      ? ''
      : `appendfsync is ${values.get('appendfsync') ?? 'unknown'}, not always`,
    values.get('no-appendfsync-on-rewrite') === 'yes'
      ? 'no-appendfsync-on-rewrite is yes, so nothing is fsynced while the append-only file is rewritten'
      : '',
    values.get('maxmemory-policy') === 'noeviction' ? '' : 'maxmemory-policy is not noeviction',
    values.get('replica-read-only') === 'no'
      ? 'replica-read-only is no, so after a demotion it still accepts writes, which the next sync throws away'
      : '',
  ].filter((problem) => problem !== '');
}

/**
 * How many bytes Redis can still take, and whether it could write its file. `freeBytes` is null if Redis has no limit.
 */
export async function redisHeadroom(redis: Redis): Promise<{ freeBytes: number | null; writes: boolean }> {
  const [memory, persistence] = await Promise.all([redis.info('memory'), redis.info('persistence')]);
  const field = (text: string, name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const max = Number(field(memory, 'maxmemory'));
  const used = Number(field(memory, 'used_memory'));
  const last = [field(persistence, 'aof_last_write_status'), field(persistence, 'aof_last_bgrewrite_status')];
  return { freeBytes: max > 0 ? Math.max(0, max - used) : null, writes: last.every((status) => status !== 'err') };
}

/**
 * Which settings of a MySQL let it lose what it committed. Uses SHOW GLOBAL, because MySQL and MariaDB spell some
 * values differently and not every version has every variable.
 */
export async function mysqlWeaknesses(db: Db): Promise<string[]> {
  const rows = await db.$queryRaw<{ Variable_name: string; Value: string }[]>`
    SHOW GLOBAL VARIABLES WHERE Variable_name IN
      ('innodb_flush_log_at_trx_commit', 'log_bin', 'sync_binlog', 'innodb_doublewrite', 'innodb_flush_method')`;
  const values = new Map(rows.map(({ Variable_name: name, Value: value }) => [name, value]));
  const flush = values.get('innodb_flush_log_at_trx_commit');
  if (flush === undefined) throw new Error('MySQL did not return its settings');
  const sync = values.get('sync_binlog');
  const doublewrite = values.get('innodb_doublewrite') ?? '';
  const method = values.get('innodb_flush_method') ?? '';
  return [
    flush === '1' ? '' : `innodb_flush_log_at_trx_commit is ${flush}, not 1`,
    values.get('log_bin') !== 'ON' || sync === '1' ? '' : `sync_binlog is ${sync}, not 1`,
    /^(off|detect_only)$/i.test(doublewrite)
      ? `innodb_doublewrite is ${doublewrite}, so a page that is half written when power fails can’t be restored`
      : '',
    /nosync|littlesync|no_fsync/i.test(method)
      ? `innodb_flush_method is ${method}, so the log that could restore a page is overwritten before the page is fsynced`
      : '',
  ].filter((problem) => problem !== '');
}

/** CONFIG GET replies name, value, name, value, ... */
function settingsOf(reply: unknown): Map<string, string> {
  const flat = Array.isArray(reply) ? reply.map(String) : Object.entries(reply as Record<string, string>).flat();
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : [])));
}

import { beforeAll, expect, it } from 'vitest';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import { openDb, type Db } from '../../../core/mysql/open-db.ts';
import { rowsRead } from '../../support/rows-read.ts';
import { useResource } from '../../support/use-resource.ts';
import { useTestDatabase } from '../../support/use-stores.ts';

/** An audit trail with one entry per minute. */
const entries = 20_000;
const minuteMs = 60_000;
const firstAtMs = Date.UTC(2026, 0, 1);
const atMs = (entry: number): number => firstAtMs + entry * minuteMs;

const database = useTestDatabase();
const db: Db = useResource('the connection', () => {
  const opened = openDb(database.databaseUrl, { poolMax: 1, commandTimeoutMs: 100_000 });
  return Promise.resolve(Object.assign(opened, { [Symbol.asyncDispose]: () => opened.$disconnect() }));
});

beforeAll(async () => {
  const thousand = JSON.stringify(Array.from({ length: 1_000 }, (_, at) => at));
  await db.$executeRaw`
    INSERT INTO audit_log (at, actor, role, door, action)
    SELECT FROM_UNIXTIME(${firstAtMs / 1_000} + 60 * (a.n * 1000 + b.n)), CONCAT('user-', b.n % 20), 'admin', 'api',
      ELT(1 + b.n % 5, 'event.update', 'event.create', 'claim.show', 'claim.browse', 'event.pause')
    FROM JSON_TABLE(${thousand}, '$[*]' COLUMNS (n INT PATH '$')) AS a
    JOIN JSON_TABLE(${thousand}, '$[*]' COLUMNS (n INT PATH '$')) AS b
    WHERE a.n * 1000 + b.n < ${entries} ORDER BY a.n, b.n`;
});

const limit = 50;

it.each([
  ['the newest', {}],
  ['those since last week', { sinceAtMs: atMs(entries - 7 * 1_440) }],
  ['those since the first day', { sinceAtMs: atMs(1_440) }],
  ['those before the second day', { untilAtMs: atMs(1_440) }],
  ['those of one day long ago', { sinceAtMs: atMs(1_440), untilAtMs: atMs(2 * 1_440) }],
])('a page of the audit trail reads few entries, however long the trail is: %s', async (_name, times) => {
  const list = (beforeId?: number) => listAudit(db, { ...times, beforeId, limit });
  const first = await list();
  expect(first).toHaveLength(limit);
  const second = await list(first.at(-1)?.id);
  expect(second).toHaveLength(limit);
  // Both pages together have the newest entries of that time, each once.
  const { untilAtMs = atMs(entries) } = times as { untilAtMs?: number };
  const newest = Math.round((untilAtMs - firstAtMs) / minuteMs) - 1;
  expect([...first, ...second].map((entry) => entry.atMs)).toEqual(
    Array.from({ length: 2 * limit }, (_, at) => atMs(newest - at)),
  );
  expect(await rowsRead(db, () => list())).toBeLessThan(3 * limit);
  expect(await rowsRead(db, () => list(first.at(-1)?.id))).toBeLessThan(3 * limit);
});

it('what one person did before a day long ago is found without reading every newer entry', async () => {
  const list = () => listAudit(db, { actor: 'user-3', untilAtMs: atMs(1_440), limit });
  expect(await list()).toHaveLength(limit);
  expect(await rowsRead(db, list)).toBeLessThan(3 * limit);
});

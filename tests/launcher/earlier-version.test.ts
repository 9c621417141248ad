import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createConnection } from 'mariadb';
import { expect, it } from 'vitest';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { parseDatabaseUrl } from '../../core/mysql/database-url.ts';
import { migrate } from '../../core/mysql/migrate.ts';
import { startServices } from '../../scripts/services/services.ts';
import { root, startCommand } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import installation from './earlier-version/installation.json' with { type: 'json' };
import { newDataDir, readRunFile } from './launch.ts';

type Value = string | number | boolean | null | object;
/** A value as a driver takes it: bytes are decoded from base64, and JSON is parsed. */
const column = (value: Value): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  return 'base64' in value ? Buffer.from(String(value.base64), 'base64') : JSON.stringify(value);
};

/** Makes the data folder that the earlier version would have left, with its migrations, rows and keys. */
async function layDown(dataDir: string): Promise<void> {
  const services = await startServices({ dataDir, say: () => undefined });
  const migrations = join(dataDir, 'its-migrations');
  mkdirSync(migrations);
  for (const name of installation.migrations)
    cpSync(join(root, 'prisma/migrations', name), join(migrations, name), { recursive: true });
  await migrate({ databaseUrl: services.databaseUrl, directory: migrations });

  const sql = await createConnection({ ...parseDatabaseUrl(services.databaseUrl).connection, timezone: 'Z' });
  await sql.query(`SET SESSION time_zone = '+00:00', FOREIGN_KEY_CHECKS = 0`);
  for (const [table, rows] of Object.entries<Record<string, Value>[]>(installation.database)) {
    for (const row of rows) {
      const names = Object.keys(row).map((name) => sql.escapeId(name));
      const marks = names.map(() => '?').join(', ');
      await sql.query(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`, Object.values(row).map(column));
    }
  }
  await sql.end();

  const redis = new Redis(services.redisUrl);
  for (const [command = '', ...args] of installation.redis) await redis.call(command, ...args);
  await redis.quit();
  await services.stop();
}

it("npm start keeps the previous version's events, claims and pending work", { timeout: 120_000 }, async () => {
  const dataDir = newDataDir();
  await layDown(dataDir);
  await using system = await startCommand('npm', ['start'], { FIRSTCOME_DATA_DIR: dataDir, PORT: '0' });
  await system.outputMatching(/Firstcome is ready/, 60_000);
  const run = readRunFile(`${dataDir}/run.json`);
  const mint = createTokenMint(readFileSync(run.authSecretFile, 'utf8').trim());
  const call = async (procedure: string, token: string, input: object, query = false): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const path = `${run.url}/trpc/${procedure}`;
    const response = query
      ? await fetch(`${path}?input=${encodeURIComponent(JSON.stringify(input))}`, { headers })
      : await fetch(path, { method: 'POST', headers, body: JSON.stringify(input) });
    const reply = (await response.json()) as { result?: { data: unknown } };
    if (reply.result === undefined) throw new Error(`${procedure}: ${response.status} ${JSON.stringify(reply)}`);
    return reply.result.data;
  };
  const as = (userId: string) => mint({ sub: userId }, 60_000, Date.now());
  const claim = (eventId: string, userId: string) => call('claim.submit', as(userId), { eventId });
  const event = (eventId: string) => call('admin.event.get', run.token.value, { eventId }, true);
  const { stream, counter, lock, closed, scheduled, paused } = installation.events;

  for (const [eventId, claims] of Object.entries(installation.claims)) {
    for (const [userId, promised] of Object.entries(claims))
      expect(await claim(eventId, userId)).toEqual({ ...promised, replayed: true });
  }
  expect(await claim(stream, 'new')).toMatchObject({ status: 'issued', serial: 4 });
  expect(await claim(counter, 'new')).toMatchObject({ status: 'issued', serial: 2 });
  expect(await claim(lock, 'new')).toMatchObject({ status: 'issued', serial: 2 });
  expect(await claim(closed, 'new')).toEqual({ status: 'closed' });
  expect(await claim(paused, 'new')).toEqual({ status: 'paused' });
  expect(await claim(scheduled, 'new')).toMatchObject({ status: 'not_open', opensAt: '2090-12-01T01:00:00.000Z' });

  // MySQL did not have this claim, which was in the outbox, and this pause, which was in the gate. Both must reach
  // MySQL.
  const park = () => call('claim.mine', as('park'), { eventId: stream }, true);
  await waitFor(async () => ((await park()) as { state: string }).state === 'persisted', { what: 'the outbox' });
  const settled = async (eventId: string) => (await call('admin.reconcile', run.token.value, { eventId })) as object;
  for (const eventId of Object.values(installation.events)) {
    const verdict = async () => ({ ...(await settled(eventId)) }) as { verdict: string };
    await waitFor(async () => (await verdict()).verdict === 'clean', { what: `${eventId} to agree in both stores` });
  }
  // The gate has the change as version 2, so the row applies it as a new version.
  expect(await event(paused)).toMatchObject({ phase: 'paused', version: 3 });
  expect(await event(stream)).toMatchObject({
    ...{ name: 'Autumn sale', description: 'Ten off' },
    timeZone: 'Asia/Seoul',
  });
  const look = { eventId: paused, action: 'event.pause' };
  const trail = (await call('admin.audit.list', run.token.value, look, true)) as { entries: object[] };
  expect(trail.entries).toMatchObject([{ actor: 'the-admin', reason: 'too fast' }]);
});

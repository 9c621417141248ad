import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { checksNoCertificate, parseDatabaseUrl } from '../../../core/mysql/database-url.ts';
import { migrate } from '../../../core/mysql/migrate.ts';
import { type DbReader, openDb } from '../../../core/mysql/open-db.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { startProcess } from '../../support/processes.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { startMariaDb } from '../../support/test-servers.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openTestDb, putEvent } from './fixtures.ts';

async function withDb(databaseUrl: string, options?: Parameters<typeof openDb>[1]) {
  const db = openDb(databaseUrl, options);
  return Promise.resolve({ db, [Symbol.asyncDispose]: () => db.$disconnect() });
}

const one = async (db: DbReader): Promise<unknown> => (await db.$queryRaw<unknown[]>`SELECT 1 AS one`)[0];

/**
 * How a call ended: the code of its fault, or 'answered'. The limit is generous because the machine may be busy. A hang
 * would never end.
 */
async function ending(call: () => Promise<unknown>, limitMs = 2_500): Promise<string> {
  const startMs = performance.now();
  const code = await call().then(
    () => 'answered',
    (error: unknown) => (error instanceof Fault ? error.code : String(error)),
  );
  const tookMs = Math.round(performance.now() - startMs);
  return tookMs <= limitMs ? code : `${code} after ${tookMs} ms`;
}

describe('openDb', () => {
  it('uses UTC, strict SQL, utf8mb4 and READ COMMITTED whatever the server’s defaults', async () => {
    await using server = await startMariaDb([
      '--default-time-zone=+09:00',
      '--sql-mode=ANSI_QUOTES',
      '--character-set-server=latin1',
      '--transaction-isolation=SERIALIZABLE',
    ]);
    await using opened = await withDb(server.url);
    const [row] = await opened.db.$queryRaw<Record<string, unknown>[]>`
      SELECT @@time_zone AS zone, @@sql_mode AS mode, @@character_set_connection AS charset,
        TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) AS ahead, '한글 🎟' AS text`;
    expect(row).toMatchObject({ zone: '+00:00', charset: 'utf8mb4', text: '한글 🎟' });
    expect(Number(row?.['ahead'])).toBe(0);
    const isolation = await opened.db.$queryRaw<{ Value: string }[]>`
      SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')`;
    expect(isolation[0]?.Value).toBe('READ-COMMITTED');
    expect(String(row?.['mode']).split(',')).toContain('STRICT_TRANS_TABLES');
    expect(String(row?.['mode'])).not.toContain('ANSI_QUOTES');
  });

  it('connects on the first call, not when it is opened, and fails in time while the server is down', async () => {
    await using server = await startMariaDb();
    await server.stop();
    await using opened = await withDb(server.url);
    const { db } = opened;
    expect(await ending(() => one(db))).toBe('unavailable');
    expect(await ending(() => db.event.findMany())).toBe('unavailable');
    expect(await ending(() => db.$transaction((tx) => tx.event.count()))).toBe('unavailable');
    await server.restart();
    await waitFor(() => one(db), { what: 'the database to answer again' });
  });

  it('recovers automatically if the server is killed and started again', async () => {
    await using server = await startMariaDb();
    await migrate({ databaseUrl: server.url });
    await using opened = await withDb(server.url);
    const { db } = opened;
    const calls = [
      () => one(db),
      () => db.event.findMany(),
      () => db.$transaction(async (tx) => [await one(tx), await tx.event.count()]),
    ];
    const endings = new Map<string, number>();
    const until = { over: false };
    const callers = Array.from({ length: 30 }, async (_, index) => {
      while (!until.over) {
        const how = await ending(calls[index % calls.length] ?? (() => one(db)));
        endings.set(how, (endings.get(how) ?? 0) + 1);
        await sleep(5);
      }
    });
    await waitFor(() => endings.get('answered'), { what: 'a call to be answered' });
    await server.kill9();
    await waitFor(() => endings.get('unavailable'), { what: 'a call to fail' });
    await server.restart();
    const answered = endings.get('answered') ?? 0;
    await waitFor(() => (endings.get('answered') ?? 0) > answered + 100, { what: 'the database to answer again' });
    until.over = true;
    await Promise.all(callers);
    expect([...endings.keys()].sort()).toEqual(['answered', 'unavailable']);
  });

  it('does not wait for a server that hangs, on any connection or in any transaction', async () => {
    await using server = await startMariaDb();
    await using opened = await withDb(server.url, { poolMax: 4 });
    await using late = await withDb(server.url);
    const { db } = opened;
    await Promise.all(Array.from({ length: 8 }, () => one(db)));
    const busy = ending(() => db.$queryRaw`SELECT SLEEP(1)`);
    const transaction = ending(() =>
      db.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1`;
        server.pause();
        await tx.$queryRaw`SELECT 1`;
      }),
    );
    expect(await transaction).toBe('unavailable');
    expect(await busy).toBe('unavailable');
    const calls = [() => one(db), () => one(db), () => db.event.count(), () => one(late.db)];
    expect(await Promise.all(calls.map((call) => ending(call)))).toEqual(Array(4).fill('unavailable'));
    server.resume();
    await waitFor(() => one(db), { what: 'the database to answer again', limitMs: 5_000 });
    expect(await Promise.all(Array.from({ length: 20 }, () => ending(() => one(db))))).toEqual(
      Array(20).fill('answered'),
    );
  });

  it('closes in time if the server hangs', async () => {
    await using server = await startMariaDb();
    const db = openDb(server.url);
    await one(db);
    server.pause();
    expect(await ending(() => db.$disconnect(), 3_000)).toBe('answered');
  });

  it('kills a statement that takes too long, and works afterwards', async () => {
    await using database = await createTestDatabase();
    await using opened = await withDb(database.databaseUrl, { commandTimeoutMs: 300, poolMax: 2 });
    const { db } = opened;
    expect(await ending(() => db.$queryRaw`SELECT SLEEP(30) AS long_sleep`)).toBe('unavailable');
    await waitFor(
      async () =>
        (
          await db.$queryRaw<unknown[]>`
          SELECT 1 FROM information_schema.processlist
          WHERE info LIKE '%long_sleep%' AND info NOT LIKE '%processlist%' AND db = DATABASE()`
        ).length === 0,
      { what: 'the statement to be killed' },
    );
    expect(await one(db)).toEqual({ one: 1 });
  });

  it('answers busy if it cannot get a lock, and passes on all other errors unchanged', async () => {
    await using database = await createTestDatabase();
    await using opened = await withDb(database.databaseUrl);
    const { db } = opened;
    const now = new Date();
    await db.event.create({
      data: {
        ...{ id: 'e', name: 'n', description: '', amount: 1n, currency: 'KRW', strategy: 'redis-stream' },
        ...{ createdAt: now, updatedAt: now },
      },
    });
    const lock = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const holder = db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT id FROM events WHERE id = 'e' FOR UPDATE`;
      held.resolve();
      await lock.promise;
    });
    await held.promise;
    expect(await ending(() => db.$executeRaw`UPDATE events SET name = 'x' WHERE id = 'e'`)).toBe('busy');
    lock.resolve();
    await holder;
    const syntax = await db.$queryRaw`SELEKT 1`.catch((error: unknown) => error);
    expect(syntax).not.toBeInstanceOf(Fault);
  });

  it('lets a transaction read what was committed while the transaction waited for a lock', async () => {
    await using database = await createTestDatabase();
    await using opened = await withDb(database.databaseUrl);
    const { db } = opened;
    const read = await db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM events`;
      await db.event.create({
        data: {
          ...{ id: 'e', name: 'n', description: '', amount: 1n, currency: 'KRW', strategy: 'redis-stream' },
          ...{ createdAt: new Date(), updatedAt: new Date() },
        },
      });
      return tx.event.count();
    });
    expect(read).toBe(1);
  });

  it('keeps a statement’s values out of its errors', async () => {
    await using database = await createTestDatabase();
    await using opened = await withDb(database.databaseUrl);
    const refused = opened.db.$executeRaw`INSERT INTO claims (event_id) VALUES (${'secret-value'})`;
    const error = await refused.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(`${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain('secret-value');
  });
});

it('a process that is stopped inside a transaction loses its row lock', async () => {
  await using opened = await openTestDb();
  await putEvent(opened.db, 'kept');
  await using holder = await startProcess({
    script: 'tests/core/mysql/stand-ins/row-holder.ts',
    args: [opened.databaseUrl, 'kept'],
  });
  await holder.outputMatching(/held/);
  holder.signal('SIGSTOP');
  const rename = () => opened.db.event.update({ where: { id: 'kept' }, data: { name: 'free' }, select: { id: true } });
  await waitFor(rename, { what: 'the row lock to be released', limitMs: 20_000 });
  holder.signal('SIGCONT');
});

describe('a database URL', () => {
  it('is read with its parameters', () => {
    expect(parseDatabaseUrl('mysql://kim:p%40ss@db.example:3307/shop?ssl=true&connectionLimit=20')).toEqual({
      connection: { host: 'db.example', port: 3307, user: 'kim', password: 'p@ss', database: 'shop', ssl: true },
      database: 'shop',
      poolMax: 20,
    });
    expect(parseDatabaseUrl('mariadb://[::1]/shop?allowPublicKeyRetrieval=true&ssl-mode=VERIFY_CA')).toEqual({
      connection: {
        ...{ host: '::1', port: 3306, database: 'shop', allowPublicKeyRetrieval: true },
        // With VERIFY_CA, the certificate may be for any host.
        ssl: { rejectUnauthorized: true, checkServerIdentity: expect.any(Function) as unknown },
      },
      database: 'shop',
      poolMax: undefined,
    });
  });

  it.each([
    ['', false],
    ['?ssl=true', false],
    ['?ssl-mode=DISABLED', false],
    ['?ssl-mode=PREFERRED', true],
    ['?ssl-mode=REQUIRED', true],
    ['?sslmode=required', true],
    ['?ssl-mode=VERIFY_CA', false],
    ['?ssl-mode=VERIFY_IDENTITY', false],
    ['?sslaccept=accept_invalid_certs', true],
    ['?sslaccept=strict', false],
  ])('with the parameters %j encrypts without checking the certificate: %s', (parameters, unchecked) => {
    expect(checksNoCertificate(parseDatabaseUrl(`mysql://kim@db/shop${parameters}`))).toBe(unchecked);
  });

  it.each([
    ['not a url', /can't be read/],
    ['postgres://kim:secret@db/shop', /postgres/],
    ['mysql://kim:secret@db', /name one database/],
    ['mysql://kim:secret@db/shop?sslca=x', /unknown parameter: sslca/],
    ['mysql://kim:secret@db/shop?connection_limit=0', /1 to 9999/],
    ['mysql://kim:secret@db/shop?ssl-mode=VERIFY_IDENTIY', /ssl-mode .* must be one of DISABLED,.* VERIFY_IDENTITY/],
  ])('is refused with a reason and without its password: %s', (url, why) => {
    expect(() => parseDatabaseUrl(url)).toThrow(why);
    expect(() => parseDatabaseUrl(url)).not.toThrow(/secret/);
  });
});

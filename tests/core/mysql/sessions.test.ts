import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDb, type Db } from '../../../core/mysql/open-db.ts';
import { openSessions, type OpenSessionsOptions, type Session, type Sessions } from '../../../core/mysql/sessions.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { startMariaDb, type TestServer } from '../../support/test-servers.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A separate server, because these tests stop the server and kill its connections. */
let server: TestServer;
let direct: Db;
beforeAll(async () => {
  server = await startMariaDb();
  direct = openDb(server.url, { poolMax: 1, commandTimeoutMs: 10_000 });
  await direct.$executeRaw`CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(20) NOT NULL)`;
});
beforeEach(async () => {
  await direct.$executeRaw`DELETE FROM notes`;
  await direct.$executeRaw`INSERT INTO notes VALUES (0, 'there')`;
});
afterAll(async () => {
  await direct.$disconnect();
  await server[Symbol.asyncDispose]();
});

function open(options: Partial<OpenSessionsOptions> = {}): Sessions & AsyncDisposable {
  const sessions = openSessions(server.url, { connectionsMax: 2, waitMs: 5_000, ...options });
  return { ...sessions, [Symbol.asyncDispose]: () => sessions.close() };
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (err: unknown) => (err instanceof Fault ? err.code : String(err)),
  );
const idOf = async (session: Session): Promise<number> =>
  (await session.rows<{ id: number }>('SELECT CONNECTION_ID() AS id'))[0]?.id ?? 0;
const insert = (session: Session, id: number) => session.run(`INSERT INTO notes VALUES (?, 'x')`, [id]);
const lockRow = (session: Session) => session.rows('SELECT text FROM notes WHERE id = 0 FOR UPDATE');
async function stored(): Promise<number[]> {
  const rows = await direct.$queryRaw<{ id: number }[]>`SELECT id FROM notes WHERE id > 0 ORDER BY id`;
  return rows.map(({ id }) => id);
}
async function connections(): Promise<number> {
  const rows = await direct.$queryRaw<{ count: bigint }[]>`
    SELECT COUNT(*) AS count FROM information_schema.processlist WHERE id != CONNECTION_ID() AND user = 'firstcome'`;
  return Number(rows[0]?.count);
}
/** Work that keeps its connection until the test calls `letGo`. */
function heldWork(sessions: Sessions, owner?: string) {
  const began = Promise.withResolvers<Session>();
  const go = Promise.withResolvers<void>();
  const work = async (session: Session): Promise<void> => {
    began.resolve(session);
    await go.promise;
  };
  const done = sessions.use(work, { owner });
  done.catch(began.reject);
  return { began: began.promise, letGo: () => go.resolve(), done };
}

describe('MySQL sessions', () => {
  it('connect on first use, with as many connections as are allowed', async () => {
    await using sessions = open({ connectionsMax: 3 });
    expect(await connections()).toBe(0);
    const works = [heldWork(sessions), heldWork(sessions), heldWork(sessions)];
    const held = await Promise.all(works.map(({ began }) => began));
    expect(new Set(await Promise.all(held.map(idOf))).size).toBe(3);
    expect(await codeOf(sessions.use(idOf, { waitMs: 20 }))).toBe('busy');
    works.forEach(({ letGo }) => letGo());
    await Promise.all(works.map(({ done }) => done));
    expect(await connections()).toBe(3);
  });

  it('give one owner’s crowd at most half of their connections', async () => {
    await using sessions = open({ connectionsMax: 2 });
    const first = heldWork(sessions, 'hot');
    await first.began;
    const crowd = [1, 2].map(() => codeOf(sessions.use(idOf, { owner: 'hot' })));
    expect(await codeOf(sessions.use(idOf, { owner: 'quiet', waitMs: 1_000 }))).toBe('done');
    first.letGo();
    expect(await Promise.all(crowd)).toEqual(['done', 'done']);
  });

  it('serve callers in order, and answer busy to a caller whose waiting time has passed', async () => {
    await using sessions = open({ connectionsMax: 1 });
    const first = heldWork(sessions);
    await first.began;
    const served: number[] = [];
    const crowd = [1, 2, 3].map((turn) => sessions.use(() => Promise.resolve(served.push(turn))));
    let begun = false;
    const impatient = sessions.use(() => Promise.resolve((begun = true)), { waitMs: 50 });
    expect(await codeOf(impatient)).toBe('busy');
    expect(begun).toBe(false);
    first.letGo();
    await Promise.all(crowd);
    expect(served).toEqual([1, 2, 3]);
  });

  it('return to the pool after work that failed', async () => {
    await using sessions = open({ connectionsMax: 1 });
    for (let i = 0; i < 3; i += 1) {
      await expect(sessions.use(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    }
    expect(await sessions.use(idOf)).toBeGreaterThan(0);
  });
});

describe('MySQL transactions', () => {
  it('store everything or nothing, and leave the connection clean', async () => {
    await using sessions = open({ connectionsMax: 1 });
    const both = sessions.use((session) =>
      session.transaction(async () => {
        await insert(session, 1);
        await insert(session, 2);
        return 'both';
      }),
    );
    expect(await both).toBe('both');
    const neither = sessions.use((session) =>
      session.transaction(async () => {
        await insert(session, 3);
        await insert(session, 1);
      }),
    );
    await expect(neither).rejects.toMatchObject({ errno: 1062 });
    expect(await stored()).toEqual([1, 2]);
    await sessions.use((session) => insert(session, 4));
    expect(await stored()).toEqual([1, 2, 4]);
  });

  it('store nothing and fail as unavailable if the connection is killed, and the next transaction works', async () => {
    await using sessions = open({ connectionsMax: 1 });
    for (const id of [1, 2, 3]) {
      const killed = sessions.use((session) =>
        session.transaction(async () => {
          await insert(session, id);
          await direct.$executeRawUnsafe(`KILL ${await idOf(session)}`);
          if (id === 2) await insert(session, 20);
        }),
      );
      expect(await codeOf(killed)).toBe('unavailable');
    }
    expect(await stored()).toEqual([]);
    await sessions.use((session) => session.transaction(() => insert(session, 9)));
    expect(await stored()).toEqual([9]);
  });

  it('are closed by the server if they send nothing for too long, so that no lock outlives a process that hangs', async () => {
    await using sessions = open();
    const go = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const silent = codeOf(
      sessions.use((session) =>
        session.transaction(async () => {
          await lockRow(session);
          await insert(session, 1);
          began.resolve();
          await go.promise;
        }),
      ),
    );
    await began.promise;
    const others = () => sessions.use((session) => session.transaction(() => lockRow(session)));
    expect(await codeOf(others())).toBe('busy');
    await waitFor(others, { what: 'the row to be free' });
    go.resolve();
    expect(await silent).toBe('unavailable');
    expect(await stored()).toEqual([]);
  });
});

describe('MySQL connections', () => {
  it('are closed and release their locks once they are discarded', async () => {
    await using sessions = open({ connectionsMax: 1 });
    const first = await sessions.use(async (session) => {
      const id = await idOf(session);
      await session.rows(`SELECT GET_LOCK('mine', 0)`);
      session.discard();
      return id;
    });
    const isFree = () =>
      sessions.use((session) => session.rows<{ free: number }>(`SELECT IS_FREE_LOCK('mine') AS free`));
    await waitFor(async () => (await isFree())[0]?.free === 1, { what: 'the lock to be free' });
    expect(await sessions.use(idOf)).not.toBe(first);
  });

  it('are replaced, without affecting any work, if they are killed while they are in the pool', async () => {
    await using sessions = open({ connectionsMax: 1 });
    const first = await sessions.use(idOf);
    await direct.$executeRawUnsafe(`KILL ${first}`);
    await waitFor(async () => (await connections()) === 0 || (await sessions.use(idOf)) !== first, {
      what: 'the connection to end',
    });
    expect(await sessions.use(idOf)).not.toBe(first);
  });

  it('make work fail as unavailable before the work begins if the server is down', async () => {
    await using sessions = open();
    await sessions.use(idOf);
    await server.kill9();
    let begun = false;
    const crowd = Array.from({ length: 6 }, () => codeOf(sessions.use(() => Promise.resolve((begun = true)))));
    expect(new Set(await Promise.all(crowd))).toEqual(new Set(['unavailable']));
    expect(begun).toBe(false);
    await server.restart();
    await waitFor(() => sessions.use(idOf), { what: 'the server' });
  });

  it('fail in time if their server hangs, and are all available once the server continues', async () => {
    await using sessions = open({ connectionsMax: 2, commandTimeoutMs: 400 });
    await sessions.use(idOf);
    server.pause();
    try {
      // On a busy machine, the server may still answer for a while.
      await waitFor(async () => (await codeOf(sessions.use(idOf))) !== 'done', { what: 'the server to hang' });
      const crowd = Array.from({ length: 6 }, () => codeOf(sessions.use(idOf)));
      expect(new Set(await Promise.all(crowd))).toEqual(new Set(['unavailable']));
    } finally {
      server.resume();
    }
    await waitFor(() => sessions.use(idOf), { what: 'the server' });
    // No connection is in use any more, so both connections are available at once.
    const held = [heldWork(sessions), heldWork(sessions)];
    await Promise.all(held.map(({ began }) => began));
    held.forEach(({ letGo }) => letGo());
    await Promise.all(held.map(({ done }) => done));
  });
});

describe('closing the MySQL sessions', () => {
  it('lets running work end, accepts no new work, and leaves no connection open', async () => {
    const sessions = open({ connectionsMax: 1 });
    const running = heldWork(sessions);
    const session = await running.began;
    const waiting = codeOf(sessions.use(idOf));
    const closed = sessions.close();
    expect(await codeOf(sessions.use(idOf))).toBe('unavailable');
    expect(await insert(session, 1)).toBe(1);
    running.letGo();
    await running.done;
    expect(await waiting).toBe('unavailable');
    await closed;
    expect(sessions.close()).toBe(closed);
    await waitFor(async () => (await connections()) === 0, { what: 'the end of the connections' });
    expect(await stored()).toEqual([1]);
  });

  it('ends in time even if work does not end', async () => {
    const sessions = open({ connectionsMax: 1, commandTimeoutMs: 300 });
    const running = heldWork(sessions);
    await running.began;
    await sessions.close();
    running.letGo();
    await running.done;
  });

  it('opens no connection if none was ever used', async () => {
    // MySQL lists a connection for a moment after the client has closed it.
    await waitFor(async () => (await connections()) === 0, { what: 'the connections of other tests to be gone' });
    const sessions = open();
    await sessions.close();
    expect(await codeOf(sessions.use(idOf))).toBe('unavailable');
    expect(await connections()).toBe(0);
  });
});

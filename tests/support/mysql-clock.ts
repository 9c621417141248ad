import { createConnection, type Connection } from 'mariadb';
import { migrate } from '../../core/mysql/migrate.ts';
import { startMariaDb } from './test-servers.ts';

/** A MySQL server whose clock a test sets. `NOW()` returns that time in every connection made afterwards. */
export type MysqlWithClock = AsyncDisposable & {
  databaseUrl: string;
  /** Connections made afterwards see this time, which does not advance. */
  setClock(nowMs: number): Promise<void>;
};

/**
 * Starts a separate server. `init_connect` sets the clock of each connection, except those of administrators, so
 * `databaseUrl` names an ordinary account.
 */
export async function startMysqlWithClock(): Promise<MysqlWithClock> {
  const server = await startMariaDb();
  await migrate({ databaseUrl: server.url });
  const url = new URL(server.url);
  const admin = await createConnection({
    ...{ host: url.hostname, port: Number(url.port), user: url.username, password: url.password },
    allowPublicKeyRetrieval: true,
  });
  await admin.query(`CREATE USER 'ordinary'@'%' IDENTIFIED BY 'test'`);
  await admin.query(`GRANT ALL ON \`${url.pathname.slice(1)}\`.* TO 'ordinary'@'%'`);
  url.username = 'ordinary';
  const databaseUrl = url.href;
  return {
    databaseUrl,
    setClock: async (nowMs) => {
      await admin.query(`SET GLOBAL init_connect = 'SET timestamp = ${(nowMs / 1_000).toFixed(3)}'`);
      await expectClock(url, nowMs);
    },
    [Symbol.asyncDispose]: async () => {
      await admin.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Without this check, tests could pass although the clock was never set. */
async function expectClock(url: URL, nowMs: number): Promise<void> {
  const connection: Connection = await createConnection({
    ...{ host: url.hostname, port: Number(url.port), user: url.username, password: url.password },
    allowPublicKeyRetrieval: true,
  });
  try {
    const [row] = await connection.query<{ now: string }[]>(`SELECT UNIX_TIMESTAMP(NOW(3)) AS now`);
    if (Math.round(Number(row?.now) * 1_000) !== nowMs) throw new Error(`MySQL says ${row?.now}, not ${nowMs} ms.`);
  } finally {
    await connection.end();
  }
}

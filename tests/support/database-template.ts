import { type Connection, createConnection } from 'mariadb';
import { migrate } from '../../core/mysql/migrate.ts';

/** The statements that create a database as the migrations leave it. */
export interface DatabaseTemplate {
  name: string;
  tables: string[];
}

/** Makes the template for `createTestDatabase`. Runs once per test run. */
export async function createDatabaseTemplate(adminUrl: string): Promise<DatabaseTemplate> {
  const url = new URL(adminUrl);
  const name = 'test_template';
  url.pathname = `/${name}`;
  await migrate({ databaseUrl: url.href });
  return asDatabaseAdmin(url, async (connection) => {
    const found = await connection.query<Record<string, string>[]>('SHOW TABLES');
    const tables: string[] = [];
    for (const table of found.flatMap((row) => Object.values(row))) {
      const [shown] = await connection.query<{ 'Create Table': string }[]>(`SHOW CREATE TABLE \`${table}\``);
      const rows = await connection.query<unknown[]>(`SELECT 1 FROM \`${table}\` LIMIT 1`);
      if (rows.length > 0 && table !== '_prisma_migrations') {
        throw new Error(
          `A migration adds rows to ${table}, and createTestDatabase does not copy rows. Copy them there.`,
        );
      }
      if (shown !== undefined) tables.push(shown['Create Table']);
    }
    return { name, tables };
  });
}

/** Connects to the URL's database on the shared MariaDB, to run a few statements. */
export async function asDatabaseAdmin<T>(url: URL, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection({
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: url.password,
    database: url.pathname.slice(1),
    allowPublicKeyRetrieval: true,
  });
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { isMigrated, migrate } from '../core/mysql/migrate.ts';
import { isAccessDenied } from '../core/mysql/mysql-error.ts';

// Applies the migrations. Deployments run this once before a new version's processes start; `npm start` runs it by
// itself. With --wait, applies nothing and only waits until another process has applied this version's migrations. New
// pods do this before they start.
const databaseUrl = process.env['DATABASE_URL'];
if (databaseUrl === undefined || databaseUrl === '') {
  console.error('DATABASE_URL is not set. Set it to the database to migrate.');
  process.exit(2);
}
const [option, ...more] = process.argv.slice(2);
if (more.length > 0 || (option !== undefined && option !== '--wait')) {
  console.error('usage: node scripts/migrate.ts [--wait]');
  process.exit(2);
}
if (option === '--wait') await waitForMigrations(databaseUrl);
else {
  const applied = await migrate({ databaseUrl, log: (line) => console.log(line) });
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.length} migrations.`);
}

/**
 * Ends the wait if MySQL does not answer at first, because the API and the worker can start without it. Throws if MySQL
 * denies access.
 */
async function waitForMigrations(url: string): Promise<void> {
  for (let said = false; ; await sleep(1_000)) {
    try {
      if (await isMigrated({ databaseUrl: url })) break;
      if (!said) console.log('The database lacks migrations of this version. Waiting until they are applied.');
      said = true;
    } catch (err) {
      if (isAccessDenied(err)) throw err;
      // Once migrations are known to be missing, an outage of MySQL doesn't end the wait.
      if (said) continue;
      console.log(
        `Can't check whether the database is migrated: MySQL is unreachable. Continuing anyway. ${String(err)}`,
      );
      return;
    }
  }
  console.log('The database is up to date.');
}

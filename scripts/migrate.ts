import { setTimeout as sleep } from 'node:timers/promises';
import { isMigrated, migrate } from '../core/mysql/migrate.ts';

// For deployments that migrate once, before the new API and worker start. `npm start` does it by itself. With --wait it
// changes nothing, and ends once another process has applied all migrations of this version: what a pod does first.
const databaseUrl = process.env['DATABASE_URL'];
if (databaseUrl === undefined || databaseUrl === '') {
  console.error('DATABASE_URL is not set: which database is to be migrated?');
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

/** Also ends if MySQL can't be asked, because API and worker start without it, and an API decides claims without it. */
async function waitForMigrations(url: string): Promise<void> {
  for (let said = false; ; said = true) {
    try {
      if (await isMigrated({ databaseUrl: url })) break;
    } catch (err) {
      console.log(`MySQL can't be asked whether it is migrated; starting all the same. ${String(err)}`);
      return;
    }
    if (!said) console.log('The database lacks migrations of this version. Waiting until they are applied.');
    await sleep(1_000);
  }
  console.log('The database is up to date.');
}

import { migrate } from '../core/mysql/migrate.ts';

// For deployments that migrate once, before the new API and worker start. `npm start` migrates by itself.
const databaseUrl = process.env['DATABASE_URL'];
if (databaseUrl === undefined || databaseUrl === '') {
  console.error('DATABASE_URL is not set. Set it to the URL of the database to migrate.');
  process.exit(2);
}
const applied = await migrate({ databaseUrl, log: (line) => console.log(line) });
console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.length} migrations.`);

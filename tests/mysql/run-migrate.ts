import { migrate } from '../../core/mysql/migrate.ts';

/** A process that migrates DATABASE_URL and prints the names of what it applied. */
console.log(JSON.stringify(await migrate({ databaseUrl: process.env['DATABASE_URL'] ?? '' })));

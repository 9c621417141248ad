import { openDb } from '../../../../core/mysql/open-db.ts';

/** Locks an event's row in a Prisma transaction, and then reports the lock. Arguments: database URL, event id. */
const [, , databaseUrl = '', eventId = ''] = process.argv;
await openDb(databaseUrl).$transaction(async (tx) => {
  await tx.$queryRaw`SELECT id FROM events WHERE id = ${eventId} FOR UPDATE`;
  process.stdout.write('held\n');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});

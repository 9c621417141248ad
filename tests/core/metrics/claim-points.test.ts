import { beforeAll, expect, it } from 'vitest';
import { findEvent } from '../../../core/events/event-rows.ts';
import { readClaimPoints } from '../../../core/metrics/claim-points.ts';
import { openDb, type Db } from '../../../core/mysql/open-db.ts';
import { useLab } from '../../support/lab.ts';
import { rowsRead } from '../../support/rows-read.ts';
import { useResource } from '../../support/use-resource.ts';
import { useTestStores } from '../../support/use-stores.ts';

const claims = 40_000;
const stores = useTestStores();
const lab = useLab({ stores });
const db: Db = useResource('the connection', () => {
  const opened = openDb(stores.databaseUrl, { poolMax: 1, commandTimeoutMs: 100_000 });
  return Promise.resolve(Object.assign(opened, { [Symbol.asyncDispose]: () => opened.$disconnect() }));
});
let eventId: string;

beforeAll(async () => {
  ({ eventId } = await lab.createEvent({ stock: claims }));
  const thousand = JSON.stringify(Array.from({ length: 1_000 }, (_, at) => at));
  await db.$executeRaw`
    INSERT INTO claims (event_id, round, serial, user_id, code, claimed_at, persisted_at)
    SELECT ${eventId}, 1, at + 1, CONCAT('user-', at), CONCAT('code-', at), NOW(3) + INTERVAL at SECOND, NOW(3)
    FROM (
      SELECT a.n * 1000 + b.n AS at
      FROM JSON_TABLE(${thousand}, '$[*]' COLUMNS (n INT PATH '$')) AS a
      JOIN JSON_TABLE(${thousand}, '$[*]' COLUMNS (n INT PATH '$')) AS b
    ) AS numbers WHERE at < ${claims}`;
});

it('the speed of a sale is read from at most 10,000 first claims and 1,000 later ones, however many there are', async () => {
  const event = await findEvent(lab.first.stores.db, eventId);
  if (event === null) throw new Error('The event is gone.');
  const read = () => readClaimPoints({ ...lab.first.stores, db }, event);
  const { points } = await read();
  expect(points.reduce((sum, point) => sum + point.claims, 0)).toBe(claims);
  // MySQL also reads its table of groups, once or twice per claim.
  expect(await rowsRead(db, read)).toBeLessThan(3 * (10_000 + 1_000));
});

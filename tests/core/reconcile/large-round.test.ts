import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { openCoder } from '../../../core/claims/code.ts';
import { persistClaims } from '../../../core/claims/persist-claims.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { openLab, tester } from '../../support/lab.ts';
import { createTestStores } from '../../support/test-stores.ts';
import { kindsOf } from './sale.ts';

const claimsCount = 100_000;
const pageSize = 2_000;
/** A page of each store takes a few MB. All claims together would take 40 MB or more. */
const heapMaxBytes = 20 * 2 ** 20;

it('a reconcile reads a round of 100,000 claims page by page', { timeout: 120_000 }, async () => {
  await using stores = await createTestStores();
  await using lab = await openLab(stores);
  const { db, redis } = lab.first.stores;
  const { eventId } = await lab.createEvent({ stock: claimsCount });
  const event = await findEvent(db, eventId);
  const coder = openCoder(event?.roundRow.codeKey ?? Buffer.alloc(1));
  const keys = roundKeys(eventId, 1);
  const claimedAtMs = lab.first.clock.nowMs();
  for (let from = 0; from < claimsCount; from += pageSize) {
    const claims = Array.from({ length: pageSize }, (_, i) => {
      const [serial, userId] = [from + i + 1, `user-${from + i + 1}`];
      return { serial, userId, claimedAtMs, code: coder(serial, userId), entryId: '1-1', position: i };
    });
    await persistClaims(db, { eventId, round: 1, claims });
    await redis.system.client.hset(
      keys.winners,
      ...claims.flatMap(({ userId, serial }) => [userId, `${serial}:${claimedAtMs}`]),
    );
  }
  await redis.system.client.hset(keys.gate, 'issued', claimsCount, 'lastAt', claimedAtMs);
  await db.claim.deleteMany({ where: { eventId, serial: { in: [5, 50_000, 99_999] } } });
  await redis.system.client.hdel(keys.winners, 'user-777', 'user-77777');

  const collect = garbageCollector();
  collect();
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  let steps = 0;
  const watch = () => {
    steps += 1;
    if (steps % 20 !== 0) return;
    collect();
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  };
  const found = await lab.first.admin.reconcile({ eventId, repair: false }, tester, { watch });
  expect(kindsOf(found)).toEqual({ missing_in_db: 3, missing_in_redis: 2 });
  expect(steps).toBeGreaterThan(100);
  expect(most).toBeLessThan(heapMaxBytes);
  expect(await lab.first.admin.reconcile({ eventId, repair: true }, tester)).toMatchObject({
    findings: [],
    repaired: 5,
  });
  await redis.system.client.del(keys.gate, keys.winners);
  expect(await lab.first.admin.reconcile({ eventId, repair: true }, tester)).toMatchObject({
    ...{ findings: [], issued: claimsCount, persisted: claimsCount },
  });
});

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

import { expect, it } from 'vitest';
import { roundKeys } from '../../core/redis/keys.ts';
import { judgeSale } from '../../proof/checker/judge-sale.ts';
import { readRound } from '../../proof/flash-sale/read-claims.ts';
import { prove, toldIssued } from '../support/prove.ts';
import { createEvent, crowdAt, openDirect, someUsers, startApi, startWorker } from '../support/system.ts';
import { createTestStores } from '../support/test-stores.ts';
import { waitFor } from '../support/wait-for.ts';

it('the control, which has no lock, fails the proof that all other strategies pass', async () => {
  await using stores = await createTestStores();
  await using direct = openDirect(stores);
  const options = { ...stores, env: { FIRSTCOME_UNSAFE: '1' } };
  await using first = await startApi(options);
  await using second = await startApi(options);
  await using _worker = await startWorker(options);
  const apis = [first, second];
  const event = await createEvent(first, { stock: 50, strategy: 'unsafe' });
  const crowd = crowdAt(apis, event, { userIds: someUsers(400) });
  await crowd.done;
  await expect(prove(direct, event, { issued: 50, apis, answers: crowd.answers })).rejects.toThrow();

  await waitFor(async () => (await direct.redis.xlen(roundKeys(event.id, 1).outbox)) === 0, { what: 'a drain' });
  const stored = await readRound(direct.redis, direct.db, event.id);
  const exact = judgeSale({
    ...stored,
    ...{ stock: 50, opensAtMs: event.opensAtMs, clockErrorMs: 5, answers: crowd.answers },
  }).find(({ promise }) => promise === 'exact');
  expect(exact?.verdict).toBe('broken');
  expect(exact?.findings.map(({ kind }) => kind)).toContain('told_twice');
  expect(toldIssued(crowd.answers).length).toBeGreaterThan(50);
  // MySQL is the last safeguard: it stores each serial at most once. Every other claim with that serial is set aside.
  expect(stored.claims.mysql.length).toBeLessThanOrEqual(50);
  expect(await direct.db.claimFault.count({ where: { eventId: event.id } })).toBeGreaterThan(0);
});

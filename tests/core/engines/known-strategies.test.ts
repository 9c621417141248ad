import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClaimStrategy } from '../../../core/engines/claim-strategy.ts';
import { createClaims } from '../../../core/engines/claims.ts';
import type { KnownEvents } from '../../../core/events/known-events.ts';
import { gateKey } from '../../../core/redis/keys.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { openLab, type Lab } from '../../support/lab.ts';
import { createTestStores, type TestStores } from '../../support/test-stores.ts';

let stores: TestStores;
let lab: Lab;
beforeAll(async () => {
  stores = await createTestStores();
  lab = await openLab(stores);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await stores[Symbol.asyncDispose]();
});

const eventsRemembered = 10_000;
const together = 500;

it('a process looks up the strategy of a busy event once, even if many other events have claims', async () => {
  const found: string[] = [];
  const events: KnownEvents = {
    has: () => false,
    add: (eventId) => void found.push(eventId),
    require: (eventId) => Promise.reject(new Fault('not_found', `There is no event ${eventId}.`)),
  };
  const closed: ClaimStrategy = {
    claim: () => Promise.resolve({ status: 'closed' }),
    find: () => Promise.resolve(null),
  };
  const claims = createClaims(lab.first.stores, new Map([['redis-stream', closed]]), events);
  const others = Array.from({ length: eventsRemembered + together }, (_, i) => `other-${i}`);
  const gates = lab.first.stores.redis.system.client.pipeline();
  for (const eventId of ['busy', ...others]) gates.hset(gateKey(eventId), { strategy: 'redis-stream', runId: 'run' });
  await gates.exec();

  for (let from = 0; from < others.length; from += together) {
    await claims.submit('busy', 'kim');
    await Promise.all(others.slice(from, from + together).map((eventId) => claims.submit(eventId, 'kim')));
  }
  await claims.submit('busy', 'kim');
  expect(found.filter((eventId) => eventId === 'busy')).toHaveLength(1);
});

it('a process names the strategy of an event that it has decided a claim of, and of no other', async () => {
  const { eventId } = await lab.createEvent({ stock: 1, strategy: 'redis-counter' });
  const { strategies } = lab.first;
  expect(strategies.strategyOf(eventId)).toBeNull();
  await lab.claim(eventId, 'kim');
  expect(strategies.strategyOf(eventId)).toBe('redis-counter');
  expect(strategies.strategyOf('nothing')).toBeNull();
});

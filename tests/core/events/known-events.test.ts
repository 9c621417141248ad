import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKnownEvents } from '../../../core/events/known-events.ts';
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

const knownMax = 20_000;

it('an event that is looked up regularly stays cached, however many other events are looked up', async () => {
  const noLookups = { take: () => false };
  const known = createKnownEvents(lab.first.stores.sessions, noLookups);
  known.add('busy');
  known.add('quiet');
  for (let event = 0; event < knownMax; event += 1) {
    known.add(`event-${event}`);
    if (event % 1_000 === 0) await known.require('busy');
  }
  expect([known.has('busy'), known.has('quiet')]).toEqual([true, false]);
});

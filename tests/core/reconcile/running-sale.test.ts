import { describe, expect, it } from 'vitest';
import { drainOutbox } from '../../../core/engines/stream/drain.ts';
import { realStrategyNames, type StrategyName } from '../../../core/events/event.ts';
import { tester, useLab, users } from '../../support/lab.ts';

const lab = useLab({ platformCount: 2 });

const loads: Partial<Record<StrategyName, number>> = { 'redis-stream': 4_000 };

describe.each(realStrategyNames)('a reconcile of %s during a sale', (strategy) => {
  it('never finds a fault', { timeout: 60_000 }, async () => {
    const count = loads[strategy] ?? 300;
    const stock = Math.floor(count * 0.75);
    const { eventId, round } = await lab.createEvent({ strategy, stock });
    let over = false;
    const crowd = lab.race(eventId, users(count), 2_000).finally(() => (over = true));
    const draining = (async () => {
      while (!over) await drainOutbox(lab.first.stores, eventId, round, { presentOnly: true });
    })();
    let looks = 0;
    for (; !over; looks += 1) {
      // A top-up during the comparison must not make it look as if claims exceeded the stock.
      if (looks === 3) await lab.first.admin.topUp({ eventId, add: 1 }, tester);
      const found = await lab.first.admin.reconcile({ eventId, repair: looks % 3 === 2 }, tester);
      expect(found).toMatchObject({ findings: [], repaired: 0, verdict: 'clean' });
    }
    await Promise.all([crowd, draining]);
    expect(looks).toBeGreaterThan(2);
    expect(await lab.first.admin.reconcile({ eventId, repair: true }, tester)).toMatchObject({
      findings: [],
      repaired: 0,
    });
  });
});

it('a reconcile counts claims that wait for MySQL as pending, not as drift', async () => {
  const { eventId } = await lab.createEvent({ stock: 3_000 });
  await lab.race(eventId, users(2_500));
  const found = await lab.first.admin.reconcile({ eventId, repair: false }, tester);
  expect(found).toMatchObject({ findings: [], issued: 2_500, persisted: 0, pending: 2_500 });
});

it('a reconcile finds missing claims, and a repair restores them while new claims arrive', async () => {
  const event = await lab.createEvent({ stock: 5_000 });
  const { eventId } = event;
  const first = users(500);
  await lab.race(eventId, first);
  await lab.persisted(event);
  const where = { eventId, serial: { in: [7, 70, 470] } };
  const lost = await lab.first.stores.db.claim.findMany({ where });
  await lab.first.stores.db.claim.deleteMany({ where });
  const crowd = lab.race(eventId, users(1_500), 1_500);
  const found = await lab.first.admin.reconcile({ eventId, repair: false }, tester);
  expect(found.findings).toMatchObject([{ kind: 'missing_in_db', count: 3 }]);
  expect(await lab.first.admin.reconcile({ eventId, repair: true }, tester)).toMatchObject({
    findings: [],
    repaired: 3,
  });
  await crowd;
  const back = await lab.first.stores.db.claim.findMany({ where });
  const identity = ({ serial, userId, code, claimedAt }: (typeof lost)[number]) => ({
    serial,
    userId,
    code,
    claimedAt,
  });
  expect(back.map(identity)).toEqual(lost.map(identity));
  await lab.prove(eventId, { issued: 2_000 });
});

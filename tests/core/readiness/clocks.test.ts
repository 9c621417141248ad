import { afterAll, beforeAll, expect, it } from 'vitest';
import { clocksApartMaxMs } from '../../../core/gate/missing-gate.ts';
import { catalogue } from '../../../core/metrics/catalogue.ts';
import { createMeters } from '../../../core/metrics/meters.ts';
import { platformViews } from '../../../core/metrics/platform-views.ts';
import { describeGaps, isTooFar } from '../../../core/readiness/clock-gaps.ts';
import { workerClockKey } from '../../../core/redis/keys.ts';
import { openLab, type Lab } from '../../support/lab.ts';
import { startMysqlWithClock, type MysqlWithClock } from '../../support/mysql-clock.ts';
import { createTestStores, type TestStores } from '../../support/test-stores.ts';

let stores: TestStores;
let mysql: MysqlWithClock;
beforeAll(async () => {
  [stores, mysql] = await Promise.all([createTestStores(), startMysqlWithClock()]);
});
afterAll(async () => {
  await mysql[Symbol.asyncDispose]();
  await stores[Symbol.asyncDispose]();
});

async function clocksOf({ first }: Lab) {
  const { registry, watch } = createMeters('api', { processMetrics: false });
  watch(platformViews(first));
  const readyz = (await first.health.check()).find(({ name }) => name === 'clocks');
  const metrics = await registry.getSingleMetricAsString(catalogue.clockDifference.name);
  return { readyz, metrics, gaps: await first.health.clocks() };
}

it('clocks that agree are reported as equal, to the millisecond, by /readyz, by event show and in a metric', async () => {
  await using lab = await openLab(stores);
  await lab.first.stores.redis.system.client.set(workerClockKey, -7);
  const { readyz, metrics, gaps } = await clocksOf(lab);
  expect(gaps.map(({ clock }) => clock)).toEqual(['mysql', 'host', 'worker']);
  expect(gaps.filter(isTooFar)).toEqual([]);
  expect(readyz).toMatchObject({ ok: true, required: false });
  expect(readyz?.detail).toMatch(/^compared with Redis, MySQL is \d+ ms .*, the worker is 7 ms behind$/);
  expect(metrics).toContain('clock="worker"} 0.007');
  const { eventId } = await lab.createEvent();
  const { readiness } = await lab.first.admin.get(eventId);
  expect(readiness?.checks.find(({ name }) => name === 'clocks')).toMatchObject({
    state: 'ok',
    detail: readyz?.detail,
  });
});

it.each([
  ['ahead', 3_600_000],
  ['behind', -3_600_000],
] as const)('a MySQL clock that is an hour %s causes a warning, and leaves /readyz green', async (way, offMs) => {
  await mysql.setClock(Date.now() + offMs);
  await using lab = await openLab({ ...stores, databaseUrl: mysql.databaseUrl });
  const { readyz, metrics } = await clocksOf(lab);
  expect(readyz).toMatchObject({ ok: false, required: false });
  expect(readyz?.detail).toMatch(new RegExp(`MySQL is \\d{7} ms ${way}.*: run NTP on every host$`));
  expect(Number(/clock="mysql"} (\S+)/.exec(metrics)?.[1])).toBeGreaterThan(3_500);
  const { eventId } = await lab.createEvent();
  const { readiness } = await lab.first.admin.get(eventId);
  expect(readiness?.checks.find(({ name }) => name === 'clocks')).toMatchObject({
    ...{ state: 'problem', action: 'Run NTP on every host.' },
  });
});

it('a clock difference of at most half a round trip causes no warning', () => {
  const gap = { clock: 'mysql', aheadMs: -clocksApartMaxMs - 50, unsureMs: 50 } as const;
  expect(isTooFar(gap)).toBe(false);
  expect(isTooFar({ ...gap, unsureMs: 49 })).toBe(true);
  expect(describeGaps([gap])).toBe('compared with Redis, MySQL is 1050 ms behind (give or take 50 ms)');
});

import { afterEach, expect, it, vi } from 'vitest';
import { findSentinelMaster, newestSentinelMaster } from '../../../core/redis/find-sentinel-master.ts';
import { openRedis } from '../../../core/redis/open-redis.ts';
import { addressOf, showHost } from '../../../core/redis/redis-address.ts';
import { createLog } from '../../../core/runtime/log.ts';
import { useTopology } from '../../support/redis-topologies.ts';
import { waitFor } from '../../support/wait-for.ts';

vi.setConfig({ testTimeout: 60_000 });

const topology = useTopology('sentinel');
const log = createLog('api', 'silent');

/** Returns a new object at each call, because connections that use the same address object share one answer. */
function sentinelAddress() {
  const address = addressOf(topology.url);
  if (address.topology !== 'sentinel') throw new Error('These are no Sentinels.');
  return address;
}

afterEach(() => {
  for (const sentinel of topology.sentinels) sentinel.thaw();
});

it('a process does not connect to a primary that only a minority of the Sentinels names, but a process that is already connected stays connected', async () => {
  await using before = openRedisHere();
  await waitFor(() => before.link.runId() !== undefined, { what: 'the connection', limitMs: 20_000 });
  const master = (await topology.masterOf('any')).at;
  for (const sentinel of topology.sentinels.slice(1)) sentinel.freeze();

  await expect(findSentinelMaster(sentinelAddress())).rejects.toThrow(/^Only 1 of 3 Sentinels name the primary/);
  expect(showHost((await newestSentinelMaster(sentinelAddress())) ?? { host: '', port: 0 })).toBe(master);
  await using newcomer = openRedisHere();
  await waitFor(() => newcomer.errors.some((message) => message.startsWith('Only 1 of 3 Sentinels')), {
    what: 'the newcomer to be refused',
  });
  expect(newcomer.link.runId()).toBeUndefined();
  expect(before.link.runId()).toBeDefined();

  for (const sentinel of topology.sentinels) sentinel.thaw();
  await waitFor(() => newcomer.link.runId() !== undefined, { what: 'the connection', limitMs: 20_000 });
  expect(newcomer.link.runId()).toBe(before.link.runId());
});

function openRedisHere() {
  const link = openRedis(sentinelAddress(), 'firstcome', log);
  const errors: string[] = [];
  link.client.on('error', (err: Error) => errors.push(err.message));
  return { link, errors, [Symbol.asyncDispose]: () => link.close() };
}

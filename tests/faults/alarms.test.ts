import { describe, expect, it, vi } from 'vitest';
import { gateKey } from '../../core/redis/keys.ts';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { impatientAlarms } from '../deploy/observability/alarms.ts';
import { declarePrometheus, hasPrometheus, startPrometheus } from '../support/prometheus.ts';
import { createEvent, crowdAt, someUsers, startWorker, useSystem } from '../support/system.ts';
import { useResource } from '../support/use-resource.ts';
import { useMariaDbServer, useRedisServer } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * The five faults that hurt most set off the rules of deploy/observability in a real Prometheus, which scrapes the real
 * processes. Only the rules' `for` is shortened.
 */
vi.setConfig({ testTimeout: 180_000 });

declarePrometheus();

const workerPort = await findFreePort('127.0.0.1');

describe.skipIf(!hasPrometheus)('in a real Prometheus,', () => {
  const redis = useRedisServer();
  const mysql = useMariaDbServer();
  const system = useSystem(() => ({
    servers: { redisUrl: redis.url, databaseUrl: mysql.url, env: { WORKER_PORT: String(workerPort) } },
  }));
  const prometheus = useResource('usePrometheus()', () =>
    startPrometheus({
      jobs: {
        'firstcome-api': system.apis.map(({ url }) => url),
        'firstcome-worker': [`http://127.0.0.1:${workerPort}`],
      },
      rules: impatientAlarms(),
    }),
  );

  const isFiring = async (alarm: string): Promise<boolean> => (await prometheus.firing()).includes(alarm);
  const fires = (alarm: string) => waitFor(() => isFiring(alarm), { what: `${alarm} to fire`, limitMs: 90_000 });
  const isSilent = (alarm: string) =>
    waitFor(async () => !(await isFiring(alarm)), { what: `${alarm} to be silent`, limitMs: 60_000 });

  /** Waits until Prometheus has scraped every process, and all that it knows is well. */
  const allIsWell = () =>
    waitFor(
      async () => {
        const checks = await prometheus.query('count(firstcome_check_ok == 1)');
        // Ten checks of each API process, and four of the worker.
        return checks[0]?.values[0]?.value === 24;
      },
      { what: 'every check of three processes to be ok', limitMs: 60_000 },
    );

  it('while all is well, no alarm fires', async () => {
    await allIsWell();
    // Processes that are starting may be late, or have no good estimate of the clocks yet.
    // FirstcomeApiSaturated is true on a machine that is busy with other tests.
    const firing = async () => (await prometheus.firing()).filter((alarm) => alarm !== 'FirstcomeApiSaturated');
    await expect.poll(firing).toEqual([]);
  });

  it('a Redis that loses writes when power fails fires FirstcomeDurabilityWeak until it is set right', async () => {
    await system.direct.redis.config('SET', 'appendfsync', 'everysec');
    await fires('FirstcomeDurabilityWeak');
    await system.direct.redis.config('SET', 'appendfsync', 'always');
    await isSilent('FirstcomeDurabilityWeak');
  });

  it('a killed MySQL fires FirstcomeMysqlDown until it is back', async () => {
    await mysql.kill9();
    await fires('FirstcomeMysqlDown');
    await mysql.restart();
    await isSilent('FirstcomeMysqlDown');
  });

  it('a killed worker, with claims that wait, fires FirstcomeNoWorker, FirstcomeProcessDown and FirstcomeOutboxStuck', async () => {
    await allIsWell();
    await system.worker.kill9();
    const event = await createEvent(system.apis[0], { stock: 20 });
    await crowdAt(system.apis, event, { userIds: someUsers(20) }).done;
    const alarms = ['FirstcomeProcessDown', 'FirstcomeNoWorker', 'FirstcomeOutboxStuck'];
    for (const alarm of alarms) await fires(alarm);
    system.worker = await startWorker(system.servers);
    for (const alarm of alarms) await isSilent(alarm);
  });

  it('a killed Redis fires FirstcomeRedisDown and FirstcomeClaimsUnavailable, and no alarm that only follows from it', async () => {
    await allIsWell();
    const event = await createEvent(system.apis[0], { stock: 20 });
    await redis.kill9();
    const crowd = crowdAt(system.apis, event, { userIds: someUsers(20) });
    await crowd.untilUnknown(10);
    await fires('FirstcomeRedisDown');
    await fires('FirstcomeClaimsUnavailable');
    const firing = await prometheus.firing();
    for (const follows of ['Topology', 'Durability', 'Replicas', 'NoWorker', 'WorkerStuck', 'GateLost']) {
      expect(firing.filter((alarm) => alarm.includes(follows))).toEqual([]);
    }
    await redis.restart();
    await isSilent('FirstcomeRedisDown');
    await crowd.done;
  });

  it('a gate that Redis loses fires FirstcomeGateLost until it is repaired', async () => {
    await allIsWell();
    const event = await createEvent(system.apis[0], { stock: 20 });
    await crowdAt(system.apis, event, { userIds: someUsers(10) }).done;
    await system.direct.redis.del(gateKey(event.id));
    await fires('FirstcomeGateLost');
    await system.apis[0].client().admin.reconcile.mutate({ eventId: event.id, repair: true });
    await isSilent('FirstcomeGateLost');
  });
});

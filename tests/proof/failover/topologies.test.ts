import { inject, expect, it, vi } from 'vitest';
import { loopbackNetwork } from '../../../proof/failover/network/loopback.ts';
import { namespacesAreAllowed } from '../../../proof/failover/network/namespaces.ts';
import { openNetwork } from '../../../proof/failover/network/open-network.ts';
import { startTopology } from '../../../proof/failover/servers/start-topology.ts';
import { topologyNames } from '../../../proof/failover/servers/topology.ts';
import { makeTestDir } from '../../support/run-dir.ts';
import { waitFor } from '../../support/wait-for.ts';

vi.setConfig({ testTimeout: 60_000 });

const key = 'fc:{event}:gate';
const networks = namespacesAreAllowed() ? (['namespaces', 'loopback'] as const) : (['loopback'] as const);
const open = (kind: (typeof networks)[number]) => (kind === 'namespaces' ? openNetwork() : loopbackNetwork());

it.each(topologyNames.flatMap((name) => networks.map((kind) => [name, kind] as const)))(
  'a %s topology on %s starts complete, with a master for every key, at an address that reaches the master',
  async (name, kind) => {
    await using network = open(kind);
    await using topology = await startTopology(name, { dir: makeTestDir(inject('runDir'), name), network });
    const master = await topology.masterOf(key);
    expect(await master.redis.set(key, 'kept')).toBe('OK');
    expect((await master.state()).role).toBe('master');
    expect(await topology.replicasOf(master)).toHaveLength(name === 'standalone' ? 0 : 2);
    const scheme = { standalone: 'redis:', sentinel: 'redis+sentinel:', cluster: 'redis+cluster:' }[name];
    expect(topology.url.slice(0, scheme.length)).toBe(scheme);
  },
);

it.each(['sentinel', 'cluster'] as const)(
  'a %s topology promotes a replica when a master dies, and is complete again once the dead master is back',
  async (name) => {
    await using topology = await startTopology(name, { dir: makeTestDir(inject('runDir'), name) });
    const old = await topology.masterOf(key);
    await old.redis.set(key, 'kept');
    const before = await old.state();
    await waitFor(async () => (await topology.replicasOf(old)).length === 2, { what: 'two replicas' });
    await old.redis.wait(2, 900);
    await old.kill9();
    const promoted = await waitFor(
      async () => {
        const master = await topology.masterOf(key);
        return master !== old && master;
      },
      { what: 'a promotion', limitMs: 30_000 },
    );
    expect(await promoted.redis.get(key)).toBe('kept');
    const after = await promoted.state();
    expect(after.secondReplicationId).toBe(before.replicationId);
    expect(after.replicationId).not.toBe(before.replicationId);
    await old.restart();
    await topology.untilWhole();
    expect((await old.state()).masterAt).toBe(promoted.at);
  },
);

it.runIf(namespacesAreAllowed())(
  'an isolated host is cut off from the other hosts, but not from this process, until the network heals',
  async () => {
    await using topology = await startTopology('sentinel', { dir: makeTestDir(inject('runDir'), 'partition') });
    const old = await topology.masterOf(key);
    topology.network.isolate([old.host]);
    const promoted = await waitFor(
      async () => {
        const master = await topology.masterOf(key);
        return master !== old && master;
      },
      { what: 'a promotion by the majority', limitMs: 30_000 },
    );
    // Both masters accept writes now, which is the danger of a partition.
    expect(await old.redis.set(key, 'minority')).toBe('OK');
    expect(await promoted.redis.set(key, 'majority')).toBe('OK');
    topology.network.heal();
    await topology.untilWhole();
    expect(await old.redis.get(key)).toBe('majority');
  },
);

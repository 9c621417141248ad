import { waitUntil } from '../../../scripts/waiting/wait-until.ts';
import { slotOf } from '../servers/cluster.ts';
import { password } from '../servers/redis-node.ts';
import { mustHappen, type Fault } from './fault.ts';

const keysAtOnce = 10;

export const slotMigration: Fault = {
  name: 'slot-migration',
  summary: "an operator moves an open event's slot to another primary, as redis-cli --cluster reshard does",
  topologies: ['cluster'],
  strike: async ({ topology, key }) => {
    const { nodes } = topology;
    const slot = String(await slotOf(nodes, key));
    const from = await topology.masterOf(key);
    const states = await topology.states();
    const to = nodes.find((node, i) => node !== from && states[i]?.role === 'master');
    mustHappen(to !== undefined, 'there is no other primary');
    const [fromId, toId] = await Promise.all(
      [from, to].map(async ({ redis }) => String(await redis.call('CLUSTER', 'MYID'))),
    );
    await to.redis.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(fromId));
    await from.redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(toId));
    let moved = 0;
    for (;;) {
      const keys = (await from.redis.call('CLUSTER', 'GETKEYSINSLOT', slot, String(keysAtOnce))) as string[];
      if (keys.length === 0) break;
      moved += keys.length;
      const place = [to.host.address, String(to.port), '', '0', '3000'];
      await from.redis.call('MIGRATE', ...place, 'AUTH2', 'default', password, 'KEYS', ...keys);
    }
    for (const { redis } of [to, from]) await redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(toId));
    await waitUntil(async () => (await topology.masterOf(key).catch(() => from)) === to, {
      limitMs: 20_000,
      late: () => `The fault did not happen: slot ${slot} is still at ${from.name}.`,
    });
    mustHappen(moved > 0, `slot ${slot} was empty`);
    return { target: from, promoted: to, facts: { slot: Number(slot), keysMoved: moved } };
  },
};

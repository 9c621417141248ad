import { setTimeout as sleep } from 'node:timers/promises';
import { livingState, mustHappen, type Fault } from './fault.ts';
import { awaitPromotion, promotionFacts } from './promotion.ts';

/** How long a single server can't be reached. */
const cutMs = 4_000;
/** How long there are two primaries. */
const splitMs = 2_000;

export const partition: Fault = {
  name: 'partition',
  summary: 'the primary, and one machine with an API process and a worker, are cut off from everything else',
  topologies: ['standalone', 'sentinel', 'cluster'],
  strike: async (scene) => {
    const { topology, system, key } = scene;
    const target = await topology.masterOf(key);
    const before = await livingState(target);
    if (topology.name === 'standalone') {
      topology.network.isolate([target.host]);
      await sleep(cutMs);
      topology.network.heal();
      return { target, promoted: null, facts: { cutMs } };
    }
    topology.network.isolate([target.host, system.machines[0]]);
    const promoted = await awaitPromotion(scene, target);
    const facts = await promotionFacts(before, promoted);
    await sleep(splitMs);
    const old = await livingState(target);
    mustHappen(old.role === 'master', `${target.name} is no longer a primary on its side`);
    topology.network.heal();
    return { target, promoted, facts: { ...facts, oldMasterAt: old.offset } };
  },
};

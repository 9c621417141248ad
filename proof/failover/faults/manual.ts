import { waitUntil } from '../../../scripts/waiting/wait-until.ts';
import type { RedisNode } from '../servers/redis-node.ts';
import { masterName } from '../servers/sentinel.ts';
import { livingState, mustHappen, type Fault, type Scene } from './fault.ts';
import { awaitPromotion, promotionFacts, promotionLimitMs } from './promotion.ts';

export const manual: Fault = {
  name: 'manual',
  summary: 'an operator orders a failover (SENTINEL FAILOVER, CLUSTER FAILOVER); no process ends',
  topologies: ['sentinel', 'cluster'],
  strike: async (scene) => {
    const target = await scene.topology.masterOf(scene.key);
    const before = await livingState(target);
    const promoted = await failOver(scene, target);
    return { target, promoted, facts: await promotionFacts(before, promoted) };
  },
};

/**
 * Orders a failover away from `target`. The failover goes to `to` if the topology lets the caller choose. Resolves to
 * the new primary.
 */
export async function failOver(scene: Scene, target: RedisNode, to?: RedisNode): Promise<RedisNode> {
  const { topology } = scene;
  // Repeats the order, because servers refuse it while an earlier failover is in progress, or while no replica is
  // ready.
  await waitUntil(
    async () => {
      if (topology.name === 'sentinel') {
        const [first] = topology.sentinels;
        return (await first?.redis.call('SENTINEL', 'FAILOVER', masterName).catch(() => null)) === 'OK';
      }
      const replica = to ?? (await topology.replicasOf(target))[0];
      return (await replica?.redis.call('CLUSTER', 'FAILOVER').catch(() => null)) === 'OK';
    },
    { limitMs: promotionLimitMs, everyMs: 50, late: () => 'The fault did not happen: every failover was refused.' },
  );
  const promoted = await awaitPromotion(scene, target);
  mustHappen(to === undefined || promoted === to, `${promoted.name} was promoted instead of ${to?.name}`);
  return promoted;
}

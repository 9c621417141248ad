import { waitUntil } from '../../../scripts/waiting/wait-until.ts';
import { password } from '../servers/redis-node.ts';
import { livingState, mustHappen, type Fault } from './fault.ts';
import { awaitPromotion, promotionFacts } from './promotion.ts';

/** The replicas miss the primary's decisions for at least this long. */
const blindMs = 1_500;
/**
 * How many users should win while the replicas miss the primary's decisions. If claims need acknowledgements, no user
 * wins during that time.
 */
const wantedTold = 30;

export const stalePromotion: Fault = {
  name: 'stale-promotion',
  summary:
    'the replicas lose their link to the primary, which keeps running; then the primary is killed, and a replica is promoted',
  topologies: ['sentinel', 'cluster'],
  strike: async (scene) => {
    const { topology, key, told, acks } = scene;
    const target = await topology.masterOf(key);
    const replicas = await topology.replicasOf(target);
    mustHappen(replicas.length > 0, `${target.name} has no replica`);
    for (const { redis } of replicas) {
      await redis.call('CONFIG', 'SET', 'masterauth', `not-${password}`);
      await redis.call('CLIENT', 'KILL', 'TYPE', 'master');
    }
    const blindAt = Math.max(...(await Promise.all(replicas.map(livingState))).map(({ offset }) => offset));
    const toldBefore = told();
    const sinceMs = performance.now();
    // The wait has a time limit, because no user can win during it if claims need acknowledgements.
    await waitUntil(
      () => {
        const tookMs = performance.now() - sinceMs;
        return (told() - toldBefore >= wantedTold && tookMs >= blindMs) || tookMs >= 2 * blindMs;
      },
      { everyMs: 20 },
    );
    const before = await livingState(target);
    const toldUnseen = told() - toldBefore;
    await target.kill9();
    const promoted = await awaitPromotion(scene, target);
    const facts = await promotionFacts(before, promoted);
    mustHappen(before.offset > blindAt, `${target.name} wrote nothing that its replicas lack`);
    mustHappen(Number(facts['continuedUpTo']) <= before.offset, `${promoted.name} has all that ${target.name} wrote`);
    mustHappen(acks > 0 || toldUnseen > 0, `${target.name} answered no claim that its replicas lack`);
    for (const { redis } of replicas) await redis.call('CONFIG', 'SET', 'masterauth', password);
    return { target, promoted, facts: { ...facts, bytesMissing: before.offset - blindAt, toldUnseen } };
  },
};

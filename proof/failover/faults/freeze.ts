import { setTimeout as sleep } from 'node:timers/promises';
import { livingState, mustHappen, type Fault } from './fault.ts';
import { awaitPromotion, promotionFacts } from './promotion.ts';

/** How long a single server hangs. */
const frozenMs = 5_000;
/**
 * How long the old primary stays frozen after the promotion. When it wakes, it still has its connections, and still
 * acts as a primary.
 */
const afterPromotionMs = 500;

export const freeze: Fault = {
  name: 'freeze',
  summary: 'the primary hangs (SIGSTOP), and wakes after a replica was promoted',
  topologies: ['standalone', 'sentinel', 'cluster'],
  strike: async (scene) => {
    const target = await scene.topology.masterOf(scene.key);
    const before = await livingState(target);
    target.freeze();
    const silent = (await target.state()).role === 'down';
    mustHappen(silent, `${target.name} still answers`);
    if (scene.topology.name === 'standalone') {
      await sleep(frozenMs);
      target.thaw();
      return { target, promoted: null, facts: { frozenMs } };
    }
    const promoted = await awaitPromotion(scene, target);
    const facts = await promotionFacts(before, promoted);
    await sleep(afterPromotionMs);
    target.thaw();
    return { target, promoted, facts };
  },
};

import { setTimeout as sleep } from 'node:timers/promises';
import { livingState, mustHappen, type Fault } from './fault.ts';
import { awaitPromotion, promotionFacts } from './promotion.ts';

/** How long a single server stays down. */
const awayMs = 2_000;

export const kill: Fault = {
  name: 'kill',
  summary: 'the primary is killed (SIGKILL), and comes back with its disk',
  topologies: ['standalone', 'sentinel', 'cluster'],
  strike: async (scene) => {
    const target = await scene.topology.masterOf(scene.key);
    const before = await livingState(target);
    await target.kill9();
    mustHappen(!target.isRunning(), `${target.name} still runs`);
    if (scene.topology.name !== 'standalone') {
      const promoted = await awaitPromotion(scene, target);
      return { target, promoted, facts: await promotionFacts(before, promoted) };
    }
    await sleep(awayMs);
    await target.restart();
    const after = await livingState(target);
    mustHappen(after.runId !== '' && after.runId !== before.runId, 'the run id is the same');
    return { target, promoted: null, facts: { runIdBefore: before.runId, runIdAfter: after.runId } };
  },
};

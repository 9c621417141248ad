import { waitUntil } from '../../../scripts/waiting/wait-until.ts';
import { livingState, mustHappen, type Fault } from './fault.ts';
import { failOver } from './manual.ts';
import { promotionFacts } from './promotion.ts';

export const pingPong: Fault = {
  name: 'ping-pong',
  summary: 'two failovers in a row make the first primary the primary again; its run id is still the same',
  topologies: ['sentinel', 'cluster'],
  // Sentinel never promotes a server with priority 0. So of the three servers, only the first primary can be promoted
  // in the second failover.
  settingsOf: (name) => (name === 'redis3' ? { 'replica-priority': '0' } : {}),
  strike: async (scene) => {
    const target = await scene.topology.masterOf(scene.key);
    const before = await livingState(target);
    const between = await failOver(scene, target);
    await waitUntil(async () => (await scene.topology.replicasOf(between)).includes(target), {
      limitMs: 30_000,
      late: () => `The fault did not happen: ${target.name} did not become a replica of ${between.name}.`,
    });
    const promoted = await failOver(scene, between, target);
    const after = await livingState(target);
    mustHappen(after.runId === before.runId, 'the run id changed');
    mustHappen(after.replicationId !== before.replicationId, 'the replication id is the same');
    const facts = await promotionFacts(before, promoted);
    return { target, promoted, facts: { ...facts, between: between.name, runId: after.runId } };
  },
};

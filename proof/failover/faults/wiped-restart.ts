import { waitUntil } from '../../../scripts/waiting/wait-until.ts';
import { livingState, mustHappen, type Fault } from './fault.ts';

export const wipedRestart: Fault = {
  name: 'wiped-restart',
  summary:
    'the primary is killed, and restarted without its data before any other server notices; its replicas copy the empty server',
  topologies: ['standalone', 'sentinel', 'cluster'],
  strike: async ({ topology, key }) => {
    const target = await topology.masterOf(key);
    const before = await livingState(target);
    const replicas = await topology.replicasOf(target);
    await target.kill9();
    target.wipe();
    await target.restart();
    const after = await livingState(target);
    mustHappen(after.runId !== '' && after.runId !== before.runId, 'the run id is the same');
    mustHappen(after.role === 'master', `${target.name} is no longer a primary`);
    await waitUntil(async () => (await topology.replicasOf(target)).length === replicas.length, {
      limitMs: 20_000,
      late: () => `The fault did not happen: the replicas of ${target.name} did not come back to it.`,
    });
    mustHappen((await topology.masterOf(key)) === target, `another primary replaced ${target.name}`);
    const facts = { runIdBefore: before.runId, runIdAfter: after.runId };
    return { target, promoted: null, facts: { ...facts, offsetBefore: before.offset, offsetAfter: after.offset } };
  },
};

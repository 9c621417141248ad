import { waitUntil } from '../../../scripts/waiting/wait-until.ts';
import type { NodeState, RedisNode } from '../servers/redis-node.ts';
import { livingState, type Scene } from './fault.ts';

/**
 * How long to wait for a promotion. This limit is much longer than the timeouts of Sentinel and the cluster, because
 * the machine may be busy.
 */
export const promotionLimitMs = 30_000;

/** Waits until a majority of the servers considers a server other than `old` the primary, and that server agrees. */
export async function awaitPromotion(
  { topology, key }: Pick<Scene, 'topology' | 'key'>,
  old: RedisNode,
): Promise<RedisNode> {
  return waitUntil(
    async () => {
      const master = await topology.masterOf(key).catch(() => null);
      if (master === null || master === old) return null;
      return (await master.state()).role === 'master' ? master : null;
    },
    {
      limitMs: promotionLimitMs,
      everyMs: 50,
      late: () =>
        `The fault did not happen: no server was promoted in place of ${old.name} within ${promotionLimitMs} ms.`,
    },
  );
}

/**
 * Describes the history that `promoted` continued, the offset from which it continued, and the old primary's history.
 */
export async function promotionFacts(before: NodeState, promoted: RedisNode): Promise<Record<string, string | number>> {
  const after = await livingState(promoted);
  return {
    historyBefore: before.replicationId,
    historyAfter: after.replicationId,
    continuedHistory: after.secondReplicationId,
    continuedUpTo: after.secondOffset,
    lastOffsetSeenBefore: before.offset,
  };
}

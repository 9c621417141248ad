import { askServer } from './ask-server.ts';
import { mergeViews, readClusterView, type ClusterMap } from './cluster-map.ts';
import { showHost, type HostPort, type RedisAddress } from './redis-address.ts';

type ClusterAddress = Extract<RedisAddress, { topology: 'cluster' }>;

/** Which primary has which slot, according to the nodes in the address. Throws if no node answers. */
export async function askCluster({ nodes, login, tls }: ClusterAddress): Promise<ClusterMap> {
  const views = await Promise.allSettled(
    nodes.map((node) => askServer(node, { ...login, tls }, (redis) => readClusterView(redis, node))),
  );
  const heard = views.flatMap((view) => (view.status === 'fulfilled' ? [view.value] : []));
  if (heard.length > 0) return mergeViews(heard);
  const why = views.map((view, i) => {
    const node = nodes[i];
    const cause: unknown = view.status === 'rejected' ? view.reason : undefined;
    return `${node === undefined ? '?' : showHost(node)}: ${cause instanceof Error ? cause.message : String(cause)}`;
  });
  throw new Error(`No cluster node answered (${why.join('; ')})`);
}

/** The primary of a slot. Throws if no node answers, or if no primary serves the slot. */
export async function findClusterMaster(address: ClusterAddress, slot: number): Promise<HostPort> {
  const master = (await askCluster(address)).masterOf(slot);
  if (master === null) throw new Error(`No primary of the cluster serves slot ${slot}`);
  return master;
}

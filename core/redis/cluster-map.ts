import type { Redis } from 'ioredis';
import { slotCount } from './key-slot.ts';
import { showHost, type HostPort } from './redis-address.ts';

/** What one node of a cluster says about itself and the cluster. */
export type ClusterView = {
  nodeId: string;
  /** The configuration epoch of this node. If two nodes claim a slot, the node with the higher epoch owns it. */
  ownEpoch: number;
  /** The highest epoch that this node has heard of. */
  seenEpoch: number;
  /** Whether the node serves commands. A node that has lost contact with the majority serves none. */
  serves: boolean;
  ranges: { from: number; to: number; master: HostPort; masterId: string }[];
};

/** Which primary has each slot; null for a slot without a known primary. */
export type ClusterMap = { masters: HostPort[]; masterOf(slot: number): HostPort | null };

/**
 * Asks a node how it sees its cluster. `at` is the address at which it was asked, because a node may not know its own.
 */
export async function readClusterView(redis: Redis, at: HostPort): Promise<ClusterView> {
  const [slots, info, nodeId] = await Promise.all([
    redis.call('CLUSTER', 'SLOTS'),
    redis.call('CLUSTER', 'INFO'),
    redis.call('CLUSTER', 'MYID'),
  ]);
  const field = (name: string): string => new RegExp(`^${name}:(\\S*)`, 'm').exec(String(info))?.[1] ?? '';
  return {
    nodeId: String(nodeId),
    ownEpoch: Number(field('cluster_my_epoch')),
    seenEpoch: Number(field('cluster_current_epoch')),
    serves: field('cluster_state') === 'ok',
    ranges: Array.isArray(slots) ? slots.flatMap((range) => readRange(range, at)) : [],
  };
}

/**
 * A range in the answer to CLUSTER SLOTS: first slot, last slot, the primary as host, port and id, then its replicas.
 */
function readRange(range: unknown, at: HostPort): ClusterView['ranges'] {
  if (!Array.isArray(range)) return [];
  const [from, to, master] = range as unknown[];
  if (!Array.isArray(master)) return [];
  const [host, port, id] = master as unknown[];
  // If the host is "?", the node doesn't know the address. If the host is empty or missing, the address is that of the
  // node that was asked.
  if (host === '?') return [];
  const master0 = { host: typeof host === 'string' && host !== '' ? host : at.host, port: Number(port) };
  return [{ from: Number(from), to: Number(to), master: master0, masterId: String(id) }];
}

/**
 * Combines what several nodes say. A primary knows best which slots it has; if two primaries claim a slot, the one with
 * the higher epoch has it. For a slot that no asked node claims, the node that has heard of the newest epoch decides.
 */
export function mergeViews(views: readonly ClusterView[]): ClusterMap {
  const serving = views.filter(({ serves }) => serves);
  const used = serving.length > 0 ? serving : views;
  const owners = new Array<HostPort | null>(slotCount).fill(null);
  const take = (view: ClusterView, isTheirs: (masterId: string) => boolean): void => {
    for (const { from, to, master, masterId } of view.ranges) {
      if (!isTheirs(masterId)) continue;
      for (let slot = from; slot <= to; slot += 1) owners[slot] = master;
    }
  };
  const asked = new Set(used.map(({ nodeId }) => nodeId));
  // Views are applied in the order of their epochs, because later ones overwrite earlier ones.
  for (const view of used.toSorted((a, b) => a.seenEpoch - b.seenEpoch)) take(view, (id) => !asked.has(id));
  for (const view of used.toSorted((a, b) => a.ownEpoch - b.ownEpoch)) take(view, (id) => id === view.nodeId);
  const masters = new Map(owners.flatMap((owner) => (owner === null ? [] : [[showHost(owner), owner]])));
  return { masters: [...masters.values()], masterOf: (slot) => owners[slot] ?? null };
}

import { waitUntil } from '../../../scripts/waiting/wait-until.ts';
import type { Network } from '../network/network.ts';
import { openNetwork } from '../network/open-network.ts';
import type { NodeState, RedisNode } from './redis-node.ts';

export const topologyNames = ['standalone', 'sentinel', 'cluster'] as const;
export type TopologyName = (typeof topologyNames)[number];

/** Redis servers that work together. Disposing of the topology stops them. */
export type Topology = AsyncDisposable & {
  readonly name: TopologyName;
  /** The `REDIS_URL` of a system that uses these servers. */
  readonly url: string;
  readonly network: Network;
  /** All Redis servers, without the Sentinels. */
  readonly nodes: readonly RedisNode[];
  readonly sentinels: readonly RedisNode[];
  /** The key's current primary, as a majority of the servers sees it. Rejects while there is no majority. */
  masterOf(key: string): Promise<RedisNode>;
  /** The current replicas of this primary. */
  replicasOf(master: RedisNode): Promise<RedisNode[]>;
  states(): Promise<NodeState[]>;
  /**
   * Waits until every server runs, the primaries agree with the majority, and all replicas are connected to their
   * primary.
   */
  untilWhole(limitMs?: number): Promise<void>;
};

export type TopologyOptions = {
  /** The folder for the servers' files. It must exist. */
  dir: string;
  /** Additional settings for each Redis server, as in redis.conf. */
  settings?: Record<string, string>;
  /** Additional settings for the server with this name. */
  settingsOf?: (name: string) => Record<string, string>;
  /** By default a new network, which is closed with the topology. */
  network?: Network;
};

/** Builds a topology from its servers. */
export async function buildTopology(
  { network: given }: TopologyOptions,
  build: (
    network: Network,
    own: AsyncDisposableStack,
  ) => Promise<Omit<Topology, 'network' | 'states' | keyof AsyncDisposable>>,
): Promise<Topology> {
  await using own = new AsyncDisposableStack();
  const network = given ?? own.use(openNetwork());
  const built = await build(network, own);
  const closing = own.move();
  return {
    ...built,
    network,
    states: () => Promise.all(built.nodes.map((node) => node.state())),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** Starts servers at the same time. If one fails to start, `own` still stops the others. */
export async function startTogether(own: AsyncDisposableStack, starting: Promise<RedisNode>[]): Promise<RedisNode[]> {
  const results = await Promise.allSettled(starting);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [own.use(result.value)] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return started;
}

/** Calls `look`, which returns what is missing, until it returns null. */
export async function untilNothingMissing(look: () => Promise<string | null>, limitMs: number): Promise<void> {
  let missing: string | null = null;
  await waitUntil(
    async () => {
      missing = await look().catch((error: unknown) => String(error));
      return missing === null;
    },
    { limitMs, everyMs: 100, late: () => `The servers are not all connected after ${limitMs} ms: ${missing}.` },
  );
}

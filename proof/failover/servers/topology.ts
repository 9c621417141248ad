import { waitUntil } from '../../../scripts/waiting/wait-until.ts';
import type { Network } from '../network/network.ts';
import { openNetwork } from '../network/open-network.ts';
import type { NodeState, RedisNode } from './redis-node.ts';

export const topologyNames = ['standalone', 'sentinel', 'cluster'] as const;
export type TopologyName = (typeof topologyNames)[number];

/** Redis servers that work together. Disposing of it ends them. */
export type Topology = AsyncDisposable & {
  readonly name: TopologyName;
  /** What `REDIS_URL` is for a system on these servers. */
  readonly url: string;
  readonly network: Network;
  /** The Redis servers, Sentinels excluded. */
  readonly nodes: readonly RedisNode[];
  readonly sentinels: readonly RedisNode[];
  /**
   * The master that has the key now, as the majority of the servers sees it. Rejects while there is none that is
   * agreed upon.
   */
  masterOf(key: string): Promise<RedisNode>;
  /** The servers that copy a master now. */
  replicasOf(master: RedisNode): Promise<RedisNode[]>;
  /** What each server says about itself. */
  states(): Promise<NodeState[]>;
  /** Waits until every server runs, each master is the expected one, and all replicas are connected to theirs. */
  untilWhole(limitMs?: number): Promise<void>;
};

export type TopologyOptions = {
  /** Holds the servers' files; it must exist. */
  dir: string;
  /** More settings for each Redis server, as in redis.conf. */
  settings?: Record<string, string>;
  /** More settings for one server, by its name. */
  settingsOf?: (name: string) => Record<string, string>;
  /** The network to use. Default: a new one, which is closed with the topology. */
  network?: Network;
};

/** What the topologies build upon: their servers, in a network that is closed with them unless it was given. */
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

/** Starts servers at once; those that started are ended even if another did not. */
export async function startTogether(own: AsyncDisposableStack, starting: Promise<RedisNode>[]): Promise<RedisNode[]> {
  const results = await Promise.allSettled(starting);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [own.use(result.value)] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return started;
}

/** Waits until `look` finds nothing wrong; it returns what is still missing, or null. */
export async function untilNothingMissing(look: () => Promise<string | null>, limitMs: number): Promise<void> {
  let missing: string | null = null;
  await waitUntil(
    async () => {
      missing = await look().catch((error: unknown) => String(error));
      return missing === null;
    },
    { limitMs, everyMs: 100, late: () => `The servers are not whole after ${limitMs} ms: ${missing}.` },
  );
}

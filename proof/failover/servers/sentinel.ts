import type { Redis } from 'ioredis';
import { answerOf, startNode, password, type RedisNode } from './redis-node.ts';
import { buildTopology, startTogether, untilNothingMissing, type Topology, type TopologyOptions } from './topology.ts';

/** The Sentinels' name for the primary. */
export const masterName = 'firstcome';

/** How many Sentinels must agree that the primary is down. */
const quorum = 2;
const hosts = 3;

/** The timeouts are short, so that a failover takes seconds. */
export const sentinelTimes = { downAfterMs: 1_000, failoverTimeoutMs: 4_000 };

/** Starts a primary, two replicas and three Sentinels. Each Redis shares a host with a Sentinel. */
export function startSentinel(options: TopologyOptions): Promise<Topology> {
  const { dir, settings = {}, settingsOf = () => ({}) } = options;
  return buildTopology(options, async (network, own) => {
    const machines = Array.from({ length: hosts }, (_, i) => network.addHost(`redis${i + 1}`));
    const nodes = await startTogether(
      own,
      machines.map((host) =>
        startNode({ name: host.name, host, dir, settings: { ...settings, ...settingsOf(host.name) } }),
      ),
    );
    const [first] = nodes;
    if (first === undefined) throw new Error('No server was started.');
    for (const replica of nodes.slice(1)) await copy(replica, first);
    const sentinels = await startTogether(
      own,
      machines.map((host, i) =>
        startNode({ name: `sentinel${i + 1}`, host, dir, settings: sentinelSettings(first), sentinel: true }),
      ),
    );
    const masterOf = async (): Promise<RedisNode> => {
      const votes = await Promise.all(sentinels.map(masterAsSeenBy));
      for (const node of nodes) if (votes.filter((at) => at === node.at).length >= quorum) return node;
      throw new Error(`the Sentinels don't agree on a primary: ${votes.join(', ')}`);
    };
    const topology: Omit<Topology, 'network' | 'states' | keyof AsyncDisposable> = {
      name: 'sentinel',
      url: `redis+sentinel://default:${password}@${sentinels.map(({ at }) => at).join(',')}/${masterName}`,
      ...{ nodes, sentinels, masterOf },
      replicasOf: (master) => replicasAmong(nodes, master),
      untilWhole: (limitMs = 30_000) => untilNothingMissing(() => missing(nodes, sentinels, masterOf), limitMs),
    };
    await topology.untilWhole();
    return topology;
  });
}

export const copy = async ({ redis }: RedisNode, master: RedisNode): Promise<void> =>
  void (await redis.call('REPLICAOF', master.host.address, String(master.port)));

const sentinelSettings = (master: RedisNode): Record<string, string> => ({
  sentinel: [
    `monitor ${masterName} ${master.host.address} ${master.port} ${quorum}`,
    `auth-pass ${masterName} ${password}`,
    `down-after-milliseconds ${masterName} ${sentinelTimes.downAfterMs}`,
    `failover-timeout ${masterName} ${sentinelTimes.failoverTimeoutMs}`,
    `parallel-syncs ${masterName} 2`,
  ].join('\n'),
});

async function masterAsSeenBy({ redis, isRunning }: RedisNode): Promise<string> {
  if (!isRunning()) return 'down';
  const reply = await answerOf(redis.call('SENTINEL', 'get-master-addr-by-name', masterName));
  return Array.isArray(reply) ? reply.map(String).join(':') : 'silent';
}

/** Returns the servers that report a working link to this primary. */
export async function replicasAmong(nodes: readonly RedisNode[], { at }: RedisNode): Promise<RedisNode[]> {
  const states = await Promise.all(nodes.map((node) => node.state()));
  return nodes.filter((_, i) => states[i]?.masterAt === at && states[i].linkUp);
}

async function missing(
  nodes: readonly RedisNode[],
  sentinels: readonly RedisNode[],
  masterOf: () => Promise<RedisNode>,
): Promise<string | null> {
  const master = await masterOf();
  const states = await Promise.all(nodes.map((node) => node.state()));
  for (const { name, role, masterAt, linkUp } of states) {
    if (name === master.name && role !== 'master') return `${name} is ${role}, and should be the primary`;
    if (name !== master.name && !(masterAt === master.at && linkUp)) return `${name} does not copy ${master.name}`;
  }
  for (const { name, redis } of sentinels) {
    const fields = await sentinelView(redis);
    if (fields['flags'] !== 'master') return `${name} sees the primary as ${fields['flags']}`;
    if (fields['num-slaves'] !== String(nodes.length - 1)) return `${name} knows ${fields['num-slaves']} replicas`;
    if (fields['num-other-sentinels'] !== String(sentinels.length - 1))
      return `${name} knows ${fields['num-other-sentinels']} other Sentinels`;
    const replicas = (await redis.call('SENTINEL', 'replicas', masterName)) as string[][];
    const away = replicas.map(pairs).find((replica) => replica['flags'] !== 'slave');
    if (away !== undefined) return `${name} sees a replica as ${away['flags']}`;
  }
  return null;
}

const sentinelView = async (redis: Redis): Promise<Record<string, string>> =>
  pairs((await redis.call('SENTINEL', 'master', masterName)) as string[]);

const pairs = (reply: string[]): Record<string, string> =>
  Object.fromEntries(reply.flatMap((name, i) => (i % 2 === 0 ? [[name, reply[i + 1] ?? '']] : [])));

import { answerOf, password, startNode, type RedisNode } from './redis-node.ts';
import { replicasAmong } from './sentinel.ts';
import { buildTopology, startTogether, untilNothingMissing, type Topology, type TopologyOptions } from './topology.ts';

const slots = 16_384;
const masters = 3;
const replicasEach = 2;

/** Timeouts are short, so that a failover takes seconds. */
export const clusterSettings = {
  'cluster-enabled': 'yes',
  'cluster-config-file': 'nodes.conf',
  'cluster-node-timeout': '1000',
  'cluster-replica-validity-factor': '10',
  // A primary without replicas must not get one from another primary, because runs would then differ.
  'cluster-allow-replica-migration': 'no',
};

/** A node of a cluster, as the node and the others report it. */
type Member = {
  id: string;
  at: string;
  isMaster: boolean;
  masterId: string;
  flags: string;
  epoch: number;
  ranges: [number, number][];
};

/** Three primaries, each with two replicas. The first three of `nodes` are the primaries at the start. */
export function startCluster(options: TopologyOptions): Promise<Topology> {
  const { dir, settings = {}, settingsOf = () => ({}) } = options;
  return buildTopology(options, async (network, own) => {
    const nodes = await startTogether(
      own,
      Array.from({ length: masters * (1 + replicasEach) }, (_, i) => {
        const host = network.addHost(`node${i + 1}`);
        return startNode({
          name: host.name,
          host,
          dir,
          settings: { ...clusterSettings, ...settings, ...settingsOf(host.name) },
        });
      }),
    );
    await join(nodes);
    const masterOf = async (key: string): Promise<RedisNode> => {
      const slot = await slotOf(nodes, key);
      const owners = (await selves(nodes)).filter(({ self }) => self.isMaster && hasSlot(self, slot));
      const owner = owners.sort((a, b) => b.self.epoch - a.self.epoch)[0];
      if (owner === undefined) throw new Error(`no primary that answers has slot ${slot}`);
      return owner.node;
    };
    const topology: Omit<Topology, 'network' | 'states' | keyof AsyncDisposable> = {
      name: 'cluster',
      url: `redis+cluster://default:${password}@${nodes
        .slice(0, masters)
        .map(({ at }) => at)
        .join(',')}`,
      ...{ nodes, sentinels: [], masterOf },
      replicasOf: (master) => replicasAmong(nodes, master),
      untilWhole: (limitMs = 30_000) => untilNothingMissing(() => missing(nodes), limitMs),
    };
    await topology.untilWhole();
    return topology;
  });
}

/** Returns the slot of a key, from the first node that answers. A frozen node runs but never answers. */
export async function slotOf(nodes: readonly RedisNode[], key: string): Promise<number> {
  const running = nodes.filter((node) => node.isRunning());
  return Number(await Promise.any(running.map(({ redis }) => redis.call('CLUSTER', 'KEYSLOT', key))));
}

/**
 * Joins new nodes to a cluster. The first ones become primaries with a third of the slots each; the others become their
 * replicas in turn.
 */
async function join(nodes: readonly RedisNode[]): Promise<void> {
  const [first] = nodes;
  if (first === undefined) throw new Error('A cluster needs nodes.');
  for (const [i, { redis }] of nodes.entries()) {
    await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
    if (i >= masters) continue;
    const [from, to] = [Math.ceil((i * slots) / masters), Math.ceil(((i + 1) * slots) / masters)];
    await redis.call('CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => String(from + slot)));
  }
  for (const { host, port } of nodes.slice(1)) await first.redis.call('CLUSTER', 'MEET', host.address, String(port));
  await untilNothingMissing(async () => {
    for (const node of nodes) {
      const known = (await members(node)).filter(({ flags }) => !flags.includes('handshake')).length;
      if (known !== nodes.length) return `${node.name} knows ${known} of ${nodes.length} nodes`;
    }
    return null;
  }, 20_000);
  for (const [i, { redis }] of nodes.entries()) {
    const master = nodes[i % masters];
    if (i < masters || master === undefined) continue;
    await redis.call('CLUSTER', 'REPLICATE', String(await master.redis.call('CLUSTER', 'MYID')));
  }
}

async function missing(nodes: readonly RedisNode[]): Promise<string | null> {
  const states = await Promise.all(nodes.map((node) => node.state()));
  const away = states.find(({ role, linkUp }) => role === 'down' || (role === 'replica' && !linkUp));
  if (away !== undefined) return `${away.name} is ${away.role}, and not connected`;
  const count = states.filter(({ role }) => role === 'master').length;
  if (count !== masters) return `there are ${count} masters`;
  for (const node of nodes) {
    const info = String(await node.redis.call('CLUSTER', 'INFO'));
    if (!info.includes('cluster_state:ok')) return `the cluster is not ok according to ${node.name}`;
    const failing = (await members(node)).find(({ flags }) => /fail|handshake|noaddr/.test(flags));
    if (failing !== undefined) return `${node.name} sees ${failing.at} as ${failing.flags}`;
  }
  return null;
}

/** Returns what each node reports about itself. Leaves out nodes that don't answer. */
async function selves(nodes: readonly RedisNode[]): Promise<{ node: RedisNode; self: Member }[]> {
  const seen = await Promise.all(
    nodes
      .filter((node) => node.isRunning())
      .map(async (node) => {
        const self = ((await answerOf(members(node))) ?? []).find(({ flags }) => flags.includes('myself'));
        return self === undefined ? [] : [{ node, self }];
      }),
  );
  return seen.flat();
}

const hasSlot = ({ ranges }: Member, slot: number): boolean => ranges.some(([from, to]) => from <= slot && slot <= to);

async function members({ redis }: RedisNode): Promise<Member[]> {
  const text = String(await redis.call('CLUSTER', 'NODES'));
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', at = '', flags = '', masterId = '', , , epoch = '', , ...rest] = line.split(' ');
      return {
        ...{ id, flags, masterId, epoch: Number(epoch) },
        at: at.split('@')[0] ?? '',
        isMaster: flags.includes('master'),
        ranges: rest
          .filter((range) => !range.startsWith('['))
          .map((range): [number, number] => {
            const [from = '', to = from] = range.split('-');
            return [Number(from), Number(to)];
          }),
      };
    });
}

import { waitUntil } from '../../../scripts/waiting/wait-until.ts';
import type { NodeState, RedisNode } from '../servers/redis-node.ts';
import type { Topology, TopologyName } from '../servers/topology.ts';
import type { RunSystem } from '../system/run-system.ts';

export const faultNames = [
  'kill',
  'freeze',
  'partition',
  'stale-promotion',
  'wiped-restart',
  'manual',
  'ping-pong',
  'slot-migration',
  'none',
] as const;
export type FaultName = (typeof faultNames)[number];

/** A system in the middle of a sale, and the part of it that the fault hits. */
export type Scene = {
  topology: Topology;
  system: RunSystem;
  /** A Redis key: the gate of the first event. The fault hits the master that has this key. */
  key: string;
  /** How many users have been told so far that they won a coupon of the first event. */
  told: () => number;
  /** How many replicas must acknowledge a claim before its user is told. */
  acks: number;
};

/** What a fault did, according to the servers themselves. */
export type Happened = {
  /** The server that was hit. */
  target: RedisNode;
  /** The server that was promoted to master; null if none was. */
  promoted: RedisNode | null;
  /** What proves that the fault happened: a changed run id, lost bytes, and so on. */
  facts: Record<string, string | number>;
};

/** A way to disturb the Redis servers. */
export type Fault = {
  name: FaultName;
  /** What the fault does, in a few words. */
  summary: string;
  topologies: readonly TopologyName[];
  /** Additional settings for the server with this name. */
  settingsOf?: (name: string) => Record<string, string>;
  /**
   * Disturbs the servers, and resolves once the disturbance has had its full effect. Throws if it had none, because a
   * fault that did not happen proves nothing. Afterwards the caller starts the servers that are down and heals the
   * network.
   */
  strike(scene: Scene): Promise<Happened>;
};

/** Throws unless `condition` holds, which shows that the fault did what it is for. */
export function mustHappen(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`The fault did not happen: ${what}.`);
}

/** Reads the state of a server that should answer. Tries several times, because a busy machine may be late. */
export const livingState = (node: RedisNode): Promise<NodeState> =>
  waitUntil(
    async () => {
      const state = await node.state();
      return state.role === 'down' ? null : state;
    },
    { limitMs: 15_000, everyMs: 100, late: () => `The fault did not happen: ${node.name} does not answer.` },
  );

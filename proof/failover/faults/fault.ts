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

/** A system in the middle of a sale, and the target of the fault. */
export type Scene = {
  topology: Topology;
  system: RunSystem;
  /** The key of the first event's gate. The fault hits the primary on which this key is. */
  key: string;
  /** How many users have seen that they won a coupon from the first event. */
  told: () => number;
  /** How many replicas must acknowledge a claim before its user gets the answer. */
  acks: number;
};

/** What happened in a fault, according to the servers. */
export type Happened = {
  /** The server that the fault hit. */
  target: RedisNode;
  /** The promoted server, or null. */
  promoted: RedisNode | null;
  /** Proof that the fault happened, such as a changed run id or lost bytes. */
  facts: Record<string, string | number>;
};

export type Fault = {
  name: FaultName;
  /** A short description for the help. */
  summary: string;
  topologies: readonly TopologyName[];
  /** Additional settings for the server with this name. */
  settingsOf?: (name: string) => Record<string, string>;
  /**
   * Disturbs the servers, and resolves once the fault has had its full effect. Throws if the fault had no effect,
   * because the run then proves nothing. Afterwards the caller starts the servers that are down and repairs the
   * network.
   */
  strike(scene: Scene): Promise<Happened>;
};

/** Throws unless the fault had its effect (`condition`). `what` says which effect was missing. */
export function mustHappen(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`The fault did not happen: ${what}.`);
}

/** Returns the state of a server that should answer. Tries several times, because a busy machine may be slow. */
export const livingState = (node: RedisNode): Promise<NodeState> =>
  waitUntil(
    async () => {
      const state = await node.state();
      return state.role === 'down' ? null : state;
    },
    { limitMs: 15_000, everyMs: 100, late: () => `The fault did not happen: ${node.name} does not answer.` },
  );

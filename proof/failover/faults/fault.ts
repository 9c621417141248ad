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

/** A system in the middle of a sale, and what the fault hits in it. */
export type Scene = {
  topology: Topology;
  system: RunSystem;
  /** The key whose master the fault hits: the first event's gate. */
  key: string;
  /** How many users have been told so far that they won the first event. */
  told: () => number;
  /** By how many replicas a claim must be acknowledged before its user is told. */
  acks: number;
};

/** What a fault did, as the servers themselves showed it. */
export type Happened = {
  /** The server that was hit. */
  target: RedisNode;
  /** The server that was made master; null if none was. */
  promoted: RedisNode | null;
  /** What shows that it happened: a changed run id, lost bytes, and so on. */
  facts: Record<string, string | number>;
};

/** A way to disturb the Redis servers. */
export type Fault = {
  name: FaultName;
  /** What it does, in a few words. */
  summary: string;
  topologies: readonly TopologyName[];
  /** More settings for one server, by its name. */
  settingsOf?: (name: string) => Record<string, string>;
  /**
   * Disturbs the servers, and resolves once that has taken full effect. Throws if it has not: a fault that did not
   * happen proves nothing. Servers that are down then are started by the caller, and the network is healed.
   */
  strike(scene: Scene): Promise<Happened>;
};

/** Throws unless the fault did what it is for. */
export function mustHappen(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`The fault did not happen: ${what}.`);
}

/** The state of a server that should answer; a busy machine may need a few attempts. */
export const livingState = (node: RedisNode): Promise<NodeState> =>
  waitUntil(
    async () => {
      const state = await node.state();
      return state.role === 'down' ? null : state;
    },
    { limitMs: 15_000, everyMs: 100, late: () => `The fault did not happen: ${node.name} does not answer.` },
  );

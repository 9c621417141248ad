import type { FaultName } from '../faults/fault.ts';
import type { NodeState } from '../servers/redis-node.ts';
import type { TopologyName } from '../servers/topology.ts';
import type { Mended } from '../system/operator.ts';

/** What varies between the rows of the table: a run belongs to one cell. */
export type Cell = { topology: TopologyName; acks: number; fault: FaultName };

/** One run of a cell. */
export type RunResult = {
  cell: Cell;
  seed: number;
  /** Whether MySQL was stopped from before the fault until after it. */
  mysqlStopped: boolean;
  /** Whether fencing was switched off. Such a run is a control, which must show losses. */
  unfenced: boolean;
  network: 'namespaces' | 'loopback';
  fault: {
    atMs: number;
    tookMs: number;
    target: string;
    promoted: string | null;
    facts: Record<string, string | number>;
    before: NodeState[];
    after: NodeState[];
  };
  events: EventResult[];
  /**
   * How fast claims were accepted. In a run without a fault, all users come at once, and this shows the limit of the
   * system. In other runs it depends on how fast users arrive.
   */
  rate: Rate;
  /** The promises that were broken; empty if all of them held. */
  broken: string[];
  seconds: number;
};

/**
 * How many claims were accepted, how many that is per second from the first call to the last such answer, and how long
 * their calls took.
 */
export type Rate = { accepted: number; perSecond: number; p50Ms: number; p99Ms: number };

/** What became of one event in a run. */
export type EventResult = {
  eventId: string;
  /** Whether the fault hit the master that had this event. */
  hit: boolean;
  /**
   * Whether the event stopped as `gate_lost`. If so, `advice` and `then` say what the repair reported and what an
   * operator did next.
   */
  stopped: boolean;
  advice: string[];
  then: Mended['then'] | null;
  asked: number;
  told: number;
  lostSaid: number;
  lostSilently: number;
  restored: number;
  /** Why proved claims could not be restored. */
  refusals: string[];
  serialToldTwice: number;
  userWithTwoCodes: number;
  unavailableMs: number | null;
  firstDecidedAfterMs: number | null;
  undecidedAnswers: number;
  neverAnswered: number;
  /** Broken promises that the checker of flash-sale found. */
  findings: { promise: string; kind: string; count: number; example: string }[];
};

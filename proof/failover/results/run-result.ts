import type { FaultName } from '../faults/fault.ts';
import type { NodeState } from '../servers/redis-node.ts';
import type { TopologyName } from '../servers/topology.ts';
import type { Mended } from '../system/operator.ts';

/** A combination that the runs test: one row of the table. */
export type Cell = { topology: TopologyName; acks: number; fault: FaultName };

export type RunResult = {
  cell: Cell;
  seed: number;
  /** Whether MySQL was down from before the fault until Redis was back. */
  mysqlStopped: boolean;
  /** Whether fencing was off, as in the control run, which must lose claims. */
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
   * How fast claims were accepted. Without a fault, all users arrive at once, so the rate is the system's limit. With a
   * fault, the rate depends on how fast users arrive.
   */
  rate: Rate;
  /** The broken promises, empty if none. */
  broken: string[];
  seconds: number;
};

/**
 * The accepted claims, their rate from the first call to the last "issued" answer, and the durations of their calls.
 */
export type Rate = { accepted: number; perSecond: number; p50Ms: number; p99Ms: number };

export type EventResult = {
  eventId: string;
  /** Whether the fault hit the primary that had this event. */
  hit: boolean;
  /**
   * Whether the event stopped as `gate_lost`. If it did, `advice` is the repair's report, and `then` is what an
   * operator did after the repair.
   */
  stopped: boolean;
  advice: string[];
  then: Mended['then'] | null;
  asked: number;
  told: number;
  lostSaid: number;
  lostSilently: number;
  restored: number;
  /** Why claims with a genuine code could not be restored. */
  refusals: string[];
  serialToldTwice: number;
  userWithTwoCodes: number;
  unavailableMs: number | null;
  firstDecidedAfterMs: number | null;
  undecidedAnswers: number;
  neverAnswered: number;
  /** The promises that were broken, according to the checker of flash-sale. */
  findings: { promise: string; kind: string; count: number; example: string }[];
};

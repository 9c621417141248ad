import type { FaultName } from '../faults/fault.ts';
import type { NodeState } from '../servers/redis-node.ts';
import type { TopologyName } from '../servers/topology.ts';
import type { Mended } from '../system/operator.ts';

/** What is varied: one cell of the table. */
export type Cell = { topology: TopologyName; acks: number; fault: FaultName };

/** One run of a cell. */
export type RunResult = {
  cell: Cell;
  seed: number;
  /** Whether MySQL was stopped from before the fault until after it. */
  mysqlStopped: boolean;
  /** Whether fencing was switched off: a control that must show losses. */
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
  /** How fast claims were decided. A limit of the system only if nothing failed; otherwise of how fast users came. */
  rate: Rate;
  /** What broke a promise; empty if all held. */
  broken: string[];
  seconds: number;
};

/** Accepted claims from the first call to the last answer, and how long their calls took. */
export type Rate = { accepted: number; perSecond: number; p50Ms: number; p99Ms: number };

/** What became of one event in a run. */
export type EventResult = {
  eventId: string;
  /** Whether the fault hit the master of this event. */
  hit: boolean;
  /** Whether the event stopped as `gate_lost`, and what an operator then did. */
  stopped: boolean;
  advice: string[];
  then: Mended['then'] | null;
  asked: number;
  told: number;
  lostSaid: number;
  lostSilently: number;
  restored: number;
  /** Why a proved claim was not restored. */
  refusals: string[];
  serialToldTwice: number;
  userWithTwoCodes: number;
  unavailableMs: number | null;
  firstDecidedAfterMs: number | null;
  undecidedAnswers: number;
  neverAnswered: number;
  /** What the checker of flash-sale found against the promises. */
  findings: { promise: string; kind: string; count: number; example: string }[];
};

import type { TokenRefusal } from '../access/token-refusal.ts';
import type { RoundStatus, WaitingClaims } from '../engines/engine.ts';
import type { JobCounts, JobName } from '../jobs/job-queue.ts';
import type { LimitName } from '../limits/over-limit.ts';
import type { FaultsNow } from '../readiness/fault-watch.ts';
import type { CoreFacts } from '../stores/observer.ts';
import type { ClockGap } from '../stores/stores.ts';

/** The processes that have metrics. */
export type Process = 'api' | 'worker';

/** How a call came through the API: the hot lane for claims, the read lane, or tRPC's own Express adapter. */
export const lanes = ['hot', 'read', 'stock'] as const;
export type Lane = (typeof lanes)[number];

/**
 * Why a connection was closed or refused. `full`: there was no room for a new connection. `room`: an idle connection
 * was closed to make room for a new one. `address`: the client's address had too many connections. `slow`: while the
 * process was crowded, the connection sent no request in time.
 */
export const closeReasons = ['full', 'room', 'address', 'slow'] as const;
export type CloseReason = (typeof closeReasons)[number];

/** How a job or a sweep ended. */
export const endings = ['done', 'failed'] as const;
export type Ending = (typeof endings)[number];

/** Events in a process, reported as they happen. */
export type Facts = CoreFacts & {
  /** The API answered a call for a claim, with a decision or with a failure. */
  claimAnswered: { outcome: string; tookMs: number };
  requestAnswered: { lane: Lane; status: number };
  tokenRefused: { reason: TokenRefusal };
  connectionClosed: { reason: CloseReason };
  /** A limit refused calls of one request. */
  callsLimited: { limit: LimitName; lane: Lane; calls: number };
  /** A worker ran a job. The name is `unknown` if this version does not know the job. */
  job: { name: JobName | 'unknown'; ending: Ending; tookMs: number };
  /** A worker swept, as a job or on its own timer. `atMs` is by this machine's clock. */
  swept: { ending: Ending; tookMs: number; atMs: number };
};

/**
 * What a process can look at when its metrics are read. If reading a view throws or takes too long, its metrics have no
 * value this time.
 */
export type Views = {
  rounds: { rounds: RoundStatus[]; nowMs: number };
  outboxes: { outboxes: WaitingClaims[]; nowMs: number };
  faults: FaultsNow;
  clocks: ClockGap[];
  /** Null while a primary can't be reached. */
  replicas: number | null;
  jobs: JobCounts;
  connections: { fresh: number; used: number; max: number };
  /** Always true. Its metric shows that the process is up. */
  self: true;
};

type Described = {
  name: `firstcome_${string}`;
  help: string;
  /** Which processes have the metric. */
  of: readonly Process[];
};

/**
 * How to get a label's value from a fact. The series for the values in `known` exist from the start, at zero; otherwise
 * Prometheus would not see the first occurrence of a value as an increase.
 */
export type Label<Fact> = ((fact: Fact) => string | number) | { of: (fact: Fact) => string; known: readonly string[] };

type Gauge = {
  type: 'gauge';
  /**
   * How the values of several API processes are combined. `max` if all of them look at the same stores. Default: the
   * sum.
   */
  together?: 'max';
};

/** A metric that is updated by one kind of fact. */
export type OfFact<Fact> = Described & { labels?: Record<string, Label<Fact>> } & (
    | {
        type: 'counter';
        /** By how much a fact raises the counter. Default: 1. */
        add?: (fact: Fact) => number;
      }
    | {
        type: 'histogram';
        /** The value that a fact contributes. `bounds` are the upper bounds of the buckets. */
        value: (fact: Fact) => number;
        bounds: readonly number[];
        /** How many observations one fact stands for. Default: 1. */
        times?: (fact: Fact) => number;
      }
    | (Gauge & {
        /** The new value; null leaves the value unchanged. */
        set: (fact: Fact) => number | null;
      })
  );

/** One value, or one value per set of labels. Null if the value is not known. */
export type Shown = number | null | { labels: Record<string, string>; value: number }[];

type OfView<View> = Described & Gauge & { show: (view: View) => Shown };

export type FactMetric = { [Name in keyof Facts]: OfFact<Facts[Name]> & { when: Name } }[keyof Facts];
export type ViewMetric = { [Name in keyof Views]: OfView<Views[Name]> & { from: Name } }[keyof Views];

export type Metric = FactMetric | ViewMetric;

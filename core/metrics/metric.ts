import type { TokenRefusal } from '../access/token-refusal.ts';
import type { RoundStatus, WaitingClaims } from '../engines/engine.ts';
import type { JobCounts, JobName } from '../jobs/job-queue.ts';
import type { FaultsNow } from '../readiness/fault-watch.ts';
import type { CoreFacts } from '../stores/observer.ts';
import type { ClockGap } from '../stores/stores.ts';

/** The processes that have metrics. */
export type Process = 'api' | 'worker';

/** The ways through the API: straight to the claims, straight to what is read most, and tRPC's own adapter on Express. */
export const lanes = ['hot', 'read', 'stock'] as const;
export type Lane = (typeof lanes)[number];

/**
 * Why a connection was closed or refused. `full`: a new one found no place. `room`: an idle one was closed for a newer one.
 * `address`: one too many from its address. `slow`: one sent no request in time while it was crowded.
 */
export const closeReasons = ['full', 'room', 'address', 'slow'] as const;
export type CloseReason = (typeof closeReasons)[number];

/** How a job or a sweep ended. */
export const endings = ['done', 'failed'] as const;
export type Ending = (typeof endings)[number];

/** What happens in a process, reported the moment it happens. */
export type Facts = CoreFacts & {
  /** The API decided a claim, or could not. */
  claimAnswered: { outcome: string; tookMs: number };
  requestAnswered: { lane: Lane; status: number };
  tokenRefused: { reason: TokenRefusal };
  connectionClosed: { reason: CloseReason };
  /** A worker ran a job. A name that this version does not know is `unknown`. */
  job: { name: JobName | 'unknown'; ending: Ending; tookMs: number };
  /** A worker swept, as a job or because nobody else had. `atMs` is this machine's time. */
  swept: { ending: Ending; tookMs: number; atMs: number };
};

/** What a process shows when somebody reads its metrics. One that throws, or takes too long, has no value this time. */
export type Views = {
  rounds: { rounds: RoundStatus[]; nowMs: number };
  outboxes: { outboxes: WaitingClaims[]; nowMs: number };
  faults: FaultsNow;
  clocks: ClockGap[];
  jobs: JobCounts;
  connections: { fresh: number; used: number; max: number };
  /** The process itself: it answers. */
  self: true;
};

type Described = {
  name: `firstcome_${string}`;
  help: string;
  /** Which processes have it. */
  of: readonly Process[];
};

/** A label's value; or with `known` the values that it has from the start, so that the first event is an increase too. */
export type Label<Fact> = ((fact: Fact) => string | number) | { of: (fact: Fact) => string; known: readonly string[] };

type Gauge = {
  type: 'gauge';
  /** The value of several API processes together. `max` where all of them look at the same stores. Default: the sum. */
  together?: 'max';
};

/** A metric of one kind of fact. */
export type OfFact<Fact> = Described & { labels?: Record<string, Label<Fact>> } & (
    | {
        type: 'counter';
        /** What a fact adds. Default: 1. */
        add?: (fact: Fact) => number;
      }
    | {
        type: 'histogram';
        /** The value that a fact shows, and the upper bounds that values are counted by. */
        value: (fact: Fact) => number;
        bounds: readonly number[];
        /** For how many a fact stands. Default: 1. */
        times?: (fact: Fact) => number;
      }
    | (Gauge & {
        /** The value from now on; null leaves it as it is. */
        set: (fact: Fact) => number | null;
      })
  );

/** One value, or one for each set of labels; null: not known. */
export type Shown = number | null | { labels: Record<string, string>; value: number }[];

type OfView<View> = Described & Gauge & { show: (view: View) => Shown };

export type FactMetric = { [Name in keyof Facts]: OfFact<Facts[Name]> & { when: Name } }[keyof Facts];
export type ViewMetric = { [Name in keyof Views]: OfView<Views[Name]> & { from: Name } }[keyof Views];

/** One metric: its name, what it means, who has it and where its value comes from. */
export type Metric = FactMetric | ViewMetric;

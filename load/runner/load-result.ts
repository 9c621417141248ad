import type { CallFigures } from './call-figures.ts';
import type { MemoryTrend } from './flat-memory.ts';
import type { JudgedEvent } from './judge-event.ts';
import type { ScenarioName } from './options.ts';
import type { Thresholds } from './thresholds.ts';

/** A part of a run: a step of the climb, the rush, or a minute. */
export type LoadSpan = {
  name: string;
  /** Planned arrivals per second. */
  rate: number;
  seconds: number;
  figures: CallFigures;
  /** CPU time by process, in cores. Leaves out processes that could not be observed. */
  cores: Record<string, number>;
  /** The thresholds that the span missed. With `mayMiss`, a missed threshold does not fail the run, as in the rush. */
  missed: string[];
  mayMiss: boolean;
};

/** Findings that only one of the scenarios has. */
export type Findings = {
  spans: LoadSpan[];
  events: JudgedEvent[];
  /** Ramp-up: the highest rate that met the thresholds, and the lowest that missed one. */
  limit?: { held: number | null; broke: number | null; why: string[]; artilleryGaveOut: boolean };
  rush?: Rush;
  memory?: MemoryTrend[];
  /** Why the run failed although no promise was broken. */
  missed: string[];
};

export type Rush = {
  /** The number of users who arrived per second. Artillery may send fewer than planned. */
  sentPerSecond: number;
  /** Whether the rush missed a threshold. */
  pastLimit: boolean;
  /** The time from the end of the rush until calls met the thresholds again, or null if they never did. */
  recoveredAfterMs: number | null;
};

export type LoadResult = Findings & {
  scenario: ScenarioName;
  strategy: string;
  startedAt: string;
  thresholds: Thresholds;
  /**
   * The folder with Artillery's reports, and with the answers of events for which some promise could not be confirmed.
   */
  dir: string;
  verdict: 'held' | 'missed' | 'unknown' | 'broken';
};

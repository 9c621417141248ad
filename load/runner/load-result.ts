import type { CallFigures } from './call-figures.ts';
import type { MemoryTrend } from './flat-memory.ts';
import type { JudgedEvent } from './judge-event.ts';
import type { ScenarioName } from './options.ts';
import type { Thresholds } from './thresholds.ts';

/** The figures of a part of a run: a step of the climb, the peak, or a minute of a long run. */
export type LoadSpan = {
  name: string;
  /** Planned arrivals per second. */
  rate: number;
  seconds: number;
  figures: CallFigures;
  /** The CPU time that each process used, in cores. Processes that could not be observed are missing. */
  cores: Record<string, number>;
  /** The thresholds that the span missed. `mayMiss` is true for a span that may miss them, such as the peak. */
  missed: string[];
  mayMiss: boolean;
};

/** The results that only one of the scenarios has. */
export type Findings = {
  spans: LoadSpan[];
  events: JudgedEvent[];
  /** For ramp-up: the highest rate that held the thresholds, and the lowest that broke one. */
  limit?: { held: number | null; broke: number | null; why: string[]; artilleryGaveOut: boolean };
  /** For stress. */
  rush?: Rush;
  /** For endurance. */
  memory?: MemoryTrend[];
  /** The reasons why the run failed even though no promise was broken. */
  missed: string[];
};

export type Rush = {
  /** The number of users who came. It may be lower than planned, because Artillery may not be able to send all of them in time. */
  sentPerSecond: number;
  /** Whether a threshold was missed during the rush. */
  pastLimit: boolean;
  /** The time from the end of the rush until calls held the thresholds again; null if they never did. */
  recoveredAfterMs: number | null;
};

export type LoadResult = Findings & {
  scenario: ScenarioName;
  strategy: string;
  startedAt: string;
  thresholds: Thresholds;
  /**
   * The folder with Artillery's own reports. If it could not be shown that an event kept all promises, the event's
   * answers are there too.
   */
  dir: string;
  verdict: 'held' | 'missed' | 'unknown' | 'broken';
};

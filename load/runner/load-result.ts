import type { CallFigures } from './call-figures.ts';
import type { MemoryTrend } from './flat-memory.ts';
import type { JudgedEvent } from './judge-event.ts';
import type { ScenarioName } from './options.ts';
import type { Thresholds } from './thresholds.ts';

/** A part of a run: a step of the climb, the peak, a minute of a long run. */
export type LoadSpan = {
  name: string;
  /** Planned arrivals per second. */
  rate: number;
  seconds: number;
  figures: CallFigures;
  /** CPU time in cores, by process. Processes that could not be observed are missing. */
  cores: Record<string, number>;
  /** The thresholds that it missed. `mayMiss` marks a span that may miss them, such as the peak. */
  missed: string[];
  mayMiss: boolean;
};

/** The findings of a scenario. */
export type Findings = {
  spans: LoadSpan[];
  events: JudgedEvent[];
  /** ramp-up: the highest rate that held, and the lowest that broke. */
  limit?: { held: number | null; broke: number | null; why: string[]; artilleryGaveOut: boolean };
  /** stress. */
  rush?: Rush;
  /** endurance. */
  memory?: MemoryTrend[];
  /** Why the run failed although no promise was broken. */
  missed: string[];
};

export type Rush = {
  /** Users who came. More may have been due than Artillery can send. */
  sentPerSecond: number;
  /** Whether the rush broke the thresholds. */
  pastLimit: boolean;
  /** From the end of the rush until the calls held the thresholds again; null if they never did. */
  recoveredAfterMs: number | null;
};

export type LoadResult = Findings & {
  scenario: ScenarioName;
  strategy: string;
  startedAt: string;
  thresholds: Thresholds;
  /** The folder of Artillery's own reports, and of the answers if any promise was not seen to hold. */
  dir: string;
  verdict: 'held' | 'missed' | 'unknown' | 'broken';
};

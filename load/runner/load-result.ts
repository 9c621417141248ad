import type { CallFigures } from './call-figures.ts';
import type { MemoryTrend } from './flat-memory.ts';
import type { JudgedEvent } from './judge-event.ts';
import type { ScenarioName } from './options.ts';
import type { Thresholds } from './thresholds.ts';

/** A span of a run: a step of the climb, the peak, a minute of a long run. */
export type LoadSpan = {
  name: string;
  /** Arrivals a second, as asked for. */
  rate: number;
  seconds: number;
  figures: CallFigures;
  /** Cores' worth of CPU time, by process; those that could not be seen are missing. */
  cores: Record<string, number>;
  /** The thresholds that it missed. A span that may miss them, the peak, is told apart by `mayMiss`. */
  missed: string[];
  mayMiss: boolean;
};

/** What a scenario found. */
export type Findings = {
  spans: LoadSpan[];
  events: JudgedEvent[];
  /** ramp-up: the highest rate that held, and the lowest that broke. */
  limit?: { held: number | null; broke: number | null; why: string[]; artilleryGaveOut: boolean };
  /** stress. */
  rush?: Rush;
  /** endurance. */
  memory?: MemoryTrend[];
  /** Why the run has failed, though no promise was broken. */
  missed: string[];
};

export type Rush = {
  /** Users who came; what was due may be more than Artillery can send. */
  sentPerSecond: number;
  /** Whether it broke the thresholds. */
  pastLimit: boolean;
  /** From its end until the calls held the thresholds again; null when they never did. */
  recoveredAfterMs: number | null;
};

export type LoadResult = Findings & {
  scenario: ScenarioName;
  strategy: string;
  startedAt: string;
  thresholds: Thresholds;
  /** Where Artillery's own reports are, and the answers if a promise was not seen to hold. */
  dir: string;
  verdict: 'held' | 'missed' | 'unknown' | 'broken';
};

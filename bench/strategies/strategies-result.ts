import type { Target } from '../results/target.ts';
import type { EntrantResult } from './entrant-result.ts';
import type { Noise } from './noise.ts';

export type StrategiesResult = {
  users: number;
  stock: number;
  /** The length of each wrk load. */
  seconds: number;
  entrants: EntrantResult[];
  noise: Noise;
  targets: Target[];
};

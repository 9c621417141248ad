import { defaultStrategy } from '../../core/events/event.ts';
import { median } from '../results/target.ts';
import { shownRounds, type EntrantResult, type EntrantRound } from './entrant-result.ts';
import { twin } from './entrants.ts';

/** The figures by which entrants are compared. */
export const comparedFigures = {
  acceptedPerSecond: ({ winners }) => winners.perSecond,
  refusedPerSecond: ({ refusals }) => refusals.perSecond,
  storyTps: ({ story }) => story.averageTps,
  cpuUsPerClaim: ({ winners }) => winners.cpuUsPerClaimTotal,
} satisfies Record<string, (round: Pick<EntrantRound, 'story' | 'winners' | 'refusals'>) => number>;
export type ComparedFigure = keyof typeof comparedFigures;

/** How much repeated measurements of the same strategy differ. 0.05 means 5%. */
export type FigureNoise = {
  /** The difference between the medians of one strategy under its two names. */
  twins: number;
  /**
   * The difference between the largest and the smallest round of one name, for the name with the larger difference.
   * Null if there is only one round.
   */
  rounds: number | null;
};

/**
 * The noise of each figure. A smaller difference between two strategies means nothing. A figure that was not measured
 * has null.
 */
export type Noise = Record<ComparedFigure, FigureNoise | null>;

export function measureNoise(entrants: readonly EntrantResult[]): Noise {
  const roundsOf = (name: string) => entrants.filter((entrant) => entrant.name === name).flatMap(shownRounds);
  const [ones, others] = [roundsOf(defaultStrategy), roundsOf(twin.name)];
  const noiseOf = (figure: ComparedFigure): FigureNoise | null => {
    const [one, other] = [ones.map(comparedFigures[figure]), others.map(comparedFigures[figure])];
    if (one.length === 0 || other.length === 0) return null;
    return {
      twins: apartness([median(one), median(other)]),
      rounds: one.length < 2 || other.length < 2 ? null : Math.max(apartness(one), apartness(other)),
    };
  };
  return {
    acceptedPerSecond: noiseOf('acceptedPerSecond'),
    refusedPerSecond: noiseOf('refusedPerSecond'),
    storyTps: noiseOf('storyTps'),
    cpuUsPerClaim: noiseOf('cpuUsPerClaim'),
  };
}

/** By how much the largest value exceeds the smallest, as a share of the smallest. */
const apartness = (values: readonly number[]): number => Math.max(...values) / Math.min(...values) - 1;

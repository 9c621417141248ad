import { defaultStrategy } from '../../core/events/event.ts';
import { median } from '../results/target.ts';
import { shownRounds, type EntrantResult, type EntrantRound } from './entrant-result.ts';
import { twin } from './entrants.ts';

/** Figures by which entrants are compared. */
export const comparedFigures = {
  acceptedPerSecond: ({ winners }) => winners.perSecond,
  refusedPerSecond: ({ refusals }) => refusals.perSecond,
  storyTps: ({ story }) => story.averageTps,
  cpuUsPerClaim: ({ winners }) => winners.cpuUsPerClaimTotal,
} satisfies Record<string, (round: Pick<EntrantRound, 'story' | 'winners' | 'refusals'>) => number>;
export type ComparedFigure = keyof typeof comparedFigures;

/** How far the same comes out from itself; 0.05 is 5%. */
export type FigureNoise = {
  /** The medians of one strategy under two names. */
  twins: number;
  /** The rounds of one name, greatest against smallest; the worse one of the twins. Null for a single round. */
  rounds: number | null;
};

/** A difference of two strategies that is not greater means nothing. Null when it was not measured. */
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

/** How much greater the greatest one is, as a share of the smallest one. */
const apartness = (values: readonly number[]): number => Math.max(...values) / Math.min(...values) - 1;

import { defaultStrategy } from '../../../core/event.ts';
import { twin } from './entrants.ts';
import { shownRounds, type EntrantResult, type EntrantRound } from './strategies-result.ts';

/** Figures by which entrants are compared. */
export const comparedFigures = {
  acceptedPerSecond: ({ winners }) => winners.perSecond,
  refusedPerSecond: ({ refusals }) => refusals.perSecond,
  storyTps: ({ story }) => story.averageTps,
  cpuUsPerClaim: ({ winners }) => winners.cpuUsPerClaimTotal,
} satisfies Record<string, (round: Pick<EntrantRound, 'story' | 'winners' | 'refusals'>) => number>;
export type ComparedFigure = keyof typeof comparedFigures;

/**
 * How far a strategy came out from itself under another name, in the worst round: 0.05 is 5%. A difference of two
 * strategies that is not greater means nothing. Null when it was not measured.
 */
export type Noise = Record<ComparedFigure, number | null>;

export function measureNoise(entrants: readonly EntrantResult[]): Noise {
  const roundsOf = (name: string) => entrants.filter((entrant) => entrant.name === name).flatMap(shownRounds);
  const [one, other] = [roundsOf(defaultStrategy), roundsOf(twin.name)];
  const noiseOf = (figure: ComparedFigure): number | null => {
    const apart = one.flatMap((round, i) => {
      const again = other[i];
      return again === undefined ? [] : [apartness(comparedFigures[figure](round), comparedFigures[figure](again))];
    });
    return apart.length === 0 ? null : Math.max(...apart);
  };
  return {
    acceptedPerSecond: noiseOf('acceptedPerSecond'),
    refusedPerSecond: noiseOf('refusedPerSecond'),
    storyTps: noiseOf('storyTps'),
    cpuUsPerClaim: noiseOf('cpuUsPerClaim'),
  };
}

/** How much greater the greater one is, as a share of the smaller one. */
export const apartness = (a: number, b: number): number => Math.max(a, b) / Math.min(a, b) - 1;

import type { PromiseVerdict } from '../../proof/checker/judge-sale.ts';
import { medianOfEach } from '../results/median-of-each.ts';
import type { Entrant } from './entrants.ts';
import type { RefusalsLoad } from './refusals-load.ts';
import type { SaleCurve, StoryFigures } from './story-figures.ts';
import type { WinnersLoad } from './winners-load.ts';

/** The proof's verdict on a sale, without examples. */
export type Proof = { promise: string; verdict: PromiseVerdict['verdict']; found: string[] }[];

export type EntrantRound = {
  story: StoryFigures;
  curve: SaleCurve;
  proof: Proof;
  winners: WinnersLoad;
  refusals: RefusalsLoad;
};

export type EntrantMedians = Pick<EntrantRound, 'story' | 'winners' | 'refusals'>;

export type EntrantResult = Entrant & {
  /**
   * Why the entrant's figures must not be shown: a load failed, or a promise was broken. Empty if they may be shown.
   */
  withheld: string[];
  /** The loads that finished, by round. */
  rounds: Partial<EntrantRound>[];
};

const isWhole = (round: Partial<EntrantRound>): round is EntrantRound =>
  round.story !== undefined && round.winners !== undefined && round.refusals !== undefined;

/** Returns the rounds of an entrant, or none if its figures must not be shown. */
export const shownRounds = ({ withheld, rounds }: EntrantResult): EntrantRound[] =>
  withheld.length === 0 ? rounds.filter(isWhole) : [];

/** Null if the entrant's figures must not be shown. */
export function mediansOf(entrant: EntrantResult): EntrantMedians | null {
  const [first, ...more] = shownRounds(entrant).map(({ story, winners, refusals }) => ({ story, winners, refusals }));
  return first === undefined ? null : medianOfEach([first, ...more]);
}

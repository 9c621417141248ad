import type { PromiseVerdict } from '../../proof/checker/judge-sale.ts';
import { medianOfEach } from '../results/median-of-each.ts';
import type { Entrant } from './entrants.ts';
import type { RefusalsLoad } from './refusals-load.ts';
import type { SaleCurve, StoryFigures } from './story-figures.ts';
import type { WinnersLoad } from './winners-load.ts';

/** What the proof found out about a sale, without examples. */
export type Proof = { promise: string; verdict: PromiseVerdict['verdict']; found: string[] }[];

/** One entrant's results in one round. */
export type EntrantRound = {
  story: StoryFigures;
  curve: SaleCurve;
  proof: Proof;
  winners: WinnersLoad;
  refusals: RefusalsLoad;
};

export type EntrantMedians = Pick<EntrantRound, 'story' | 'winners' | 'refusals'>;

export type EntrantResult = Entrant & {
  /** The reasons why the entrant's figures must not be shown: loads that failed, or promises that did not hold. */
  withheld: string[];
  /** The loads that finished, in the order of the rounds. */
  rounds: Partial<EntrantRound>[];
};

const isWhole = (round: Partial<EntrantRound>): round is EntrantRound =>
  round.story !== undefined && round.winners !== undefined && round.refusals !== undefined;

/** Returns the rounds of an entrant whose figures may be shown. If they may not, returns an empty list. */
export const shownRounds = ({ withheld, rounds }: EntrantResult): EntrantRound[] =>
  withheld.length === 0 ? rounds.filter(isWhole) : [];

/** Returns null if the entrant's figures must not be shown. */
export function mediansOf(entrant: EntrantResult): EntrantMedians | null {
  const [first, ...more] = shownRounds(entrant).map(({ story, winners, refusals }) => ({ story, winners, refusals }));
  return first === undefined ? null : medianOfEach([first, ...more]);
}

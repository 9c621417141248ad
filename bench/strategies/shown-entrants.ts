import {
  mediansOf,
  shownRounds,
  type EntrantMedians,
  type EntrantResult,
  type EntrantRound,
} from './entrant-result.ts';
import { isControl, twin } from './entrants.ts';

/** An entrant whose figures may be shown. */
export type ShownEntrant = { name: string; isControl: boolean; medians: EntrantMedians; rounds: EntrantRound[] };

/** Those with figures, in their order; the twin is not among them, because it is there for the noise only. */
export function shownEntrants(entrants: readonly EntrantResult[]): ShownEntrant[] {
  return entrants.flatMap((entrant) => {
    const medians = mediansOf(entrant);
    if (medians === null || entrant.name === twin.name) return [];
    return [{ name: entrant.name, isControl: isControl(entrant), medians, rounds: shownRounds(entrant) }];
  });
}

import {
  mediansOf,
  shownRounds,
  type EntrantMedians,
  type EntrantResult,
  type EntrantRound,
} from './entrant-result.ts';
import { isControl, twin } from './entrants.ts';

export type ShownEntrant = { name: string; isControl: boolean; medians: EntrantMedians; rounds: EntrantRound[] };

/** The entrants whose figures may be shown, without the twin, which only measures noise. */
export function shownEntrants(entrants: readonly EntrantResult[]): ShownEntrant[] {
  return entrants.flatMap((entrant) => {
    const medians = mediansOf(entrant);
    if (medians === null || entrant.name === twin.name) return [];
    return [{ name: entrant.name, isControl: isControl(entrant), medians, rounds: shownRounds(entrant) }];
  });
}

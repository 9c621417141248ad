import { engineOf } from '../../core/engines/engines.ts';
import { defaultStrategy, realStrategyNames, strategyNames, type StrategyName } from '../../core/events/event.ts';

/** One that takes part in the comparison. */
export type Entrant = { name: string; strategy: StrategyName };

/** The default strategy once more: how far it comes out from itself is the noise of everything else. */
export const twin: Entrant = { name: `${defaultStrategy} (again)`, strategy: defaultStrategy };

/** Strategies whose refusals ask MySQL nothing. */
export const refusesInRedis = ({ strategy }: Entrant): boolean => engineOf(strategy).refusesInRedis;

/** Strategies that don't keep the promises: the page calls them a control, because they are there to fail. */
export const isControl = ({ strategy }: Entrant): boolean => !realStrategyNames.some((name) => name === strategy);

/** All strategies, or `only` these, and the twin. */
export function listEntrants(only: readonly StrategyName[] = strategyNames): Entrant[] {
  const chosen = strategyNames.filter((name) => only.includes(name));
  const entrants = chosen.map((name): Entrant => ({ name, strategy: name }));
  // In the middle, so that the two don't follow one another.
  return entrants.toSpliced(Math.floor(entrants.length / 2), 0, twin);
}

/**
 * The order of a round, of which there are `rounds`: each begins further on, so that nobody is always first or last, and
 * every second one goes backwards, so that nobody always comes after the same one.
 */
export function orderOf<E extends Entrant>(entrants: readonly E[], round: number, rounds: number): E[] {
  const first = Math.floor((round * entrants.length) / rounds) % entrants.length;
  const order = [...entrants.slice(first), ...entrants.slice(0, first)];
  return round % 2 === 0 ? order : order.reverse();
}

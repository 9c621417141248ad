import { engineOf } from '../../core/engines/engines.ts';
import { defaultStrategy, realStrategyNames, strategyNames, type StrategyName } from '../../core/events/event.ts';

/** A participant in the comparison. One strategy takes part twice, under two names. */
export type Entrant = { name: string; strategy: StrategyName };

/**
 * The name under which the default strategy takes part a second time. The difference between its two results shows the
 * noise in all comparisons.
 */
export const twin: Entrant = { name: `${defaultStrategy} (again)`, strategy: defaultStrategy };

/** Whether the strategy refuses without asking MySQL. */
export const refusesInRedis = ({ strategy }: Entrant): boolean => engineOf(strategy).refusesInRedis;

/** Whether the strategy breaks the promises on purpose. */
export const isControl = ({ strategy }: Entrant): boolean => !realStrategyNames.some((name) => name === strategy);

/** All strategies, or those in `only`, and the default strategy's twin. */
export function listEntrants(only: readonly StrategyName[] = strategyNames): Entrant[] {
  const chosen = strategyNames.filter((name) => only.includes(name));
  const entrants = chosen.map((name): Entrant => ({ name, strategy: name }));
  // The twin is in the middle of the list, so that the strategy's two runs don't follow each other.
  return entrants.toSpliced(Math.floor(entrants.length / 2), 0, twin);
}

/**
 * The order of the entrants in a round. Each round starts with a later entrant, and every second round is reversed, so
 * that no entrant is always first or last, or always follows the same one.
 */
export function orderOf<E extends Entrant>(entrants: readonly E[], round: number, rounds: number): E[] {
  const first = Math.floor((round * entrants.length) / rounds) % entrants.length;
  const order = [...entrants.slice(first), ...entrants.slice(0, first)];
  return round % 2 === 0 ? order : order.reverse();
}

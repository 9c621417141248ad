import { engineOf } from '../../core/engines/engines.ts';
import { defaultStrategy, realStrategyNames, strategyNames, type StrategyName } from '../../core/events/event.ts';

/** A participant in the comparison. */
export type Entrant = { name: string; strategy: StrategyName };

/** The default strategy a second time. The difference between the two is the noise of every other comparison. */
export const twin: Entrant = { name: `${defaultStrategy} (again)`, strategy: defaultStrategy };

/** Whether the strategy refuses without asking MySQL. */
export const refusesInRedis = ({ strategy }: Entrant): boolean => engineOf(strategy).refusesInRedis;

/** Whether the strategy breaks the promises on purpose. The page calls it a control. */
export const isControl = ({ strategy }: Entrant): boolean => !realStrategyNames.some((name) => name === strategy);

/** Lists all strategies, or only those in `only`, and the twin. */
export function listEntrants(only: readonly StrategyName[] = strategyNames): Entrant[] {
  const chosen = strategyNames.filter((name) => only.includes(name));
  const entrants = chosen.map((name): Entrant => ({ name, strategy: name }));
  // In the middle, so that the two don't run one after the other.
  return entrants.toSpliced(Math.floor(entrants.length / 2), 0, twin);
}

/**
 * Returns the order of a round, out of `rounds`. Each round starts at a later entrant, so that none is always first or
 * last, and every second round is reversed, so that none always follows the same one.
 */
export function orderOf<E extends Entrant>(entrants: readonly E[], round: number, rounds: number): E[] {
  const first = Math.floor((round * entrants.length) / rounds) % entrants.length;
  const order = [...entrants.slice(first), ...entrants.slice(0, first)];
  return round % 2 === 0 ? order : order.reverse();
}

import { decidingStore, defaultStrategy } from '../../../core/event.ts';
import { median, type Target } from '../target.ts';
import { isControl, twin } from './entrants.ts';
import { comparedFigures, type ComparedFigure } from './noise.ts';
import { shownRounds, type EntrantResult } from './strategies-result.ts';

/** What the strategies must reach; only of those that took part. */
export function targetsOf(entrants: readonly EntrantResult[]): Target[] {
  const found = (name: string): EntrantResult | undefined => entrants.find((entrant) => entrant.name === name);
  const ratio = (name: string, than: string, figure: ComparedFigure, target: number, words: string): Target[] => {
    const [one, other] = [found(name), found(than)];
    if (one === undefined || other === undefined) return [];
    const others = shownRounds(other);
    const ratios = shownRounds(one).flatMap((round, i) => {
      const same = others[i];
      return same === undefined ? [] : [comparedFigures[figure](round) / comparedFigures[figure](same)];
    });
    const value = ratios.length === 0 ? NaN : median(ratios);
    return [{ name: `${words}, ${name} to ${than}`, unit: '', value, target, want: 'at least' }];
  };
  const queries = entrants
    .filter((entrant) => decidingStore(entrant.strategy) === 'redis' && !isControl(entrant) && entrant.name !== twin.name)
    .map((entrant): Target => {
      const counts = shownRounds(entrant).map(({ refusals }) => refusals.mysqlQueries ?? NaN);
      const value = counts.length === 0 ? NaN : Math.max(...counts);
      return { name: `MySQL queries during the refusals, ${entrant.name}`, unit: '', value, target: 0, want: 'at most' };
    });
  return [
    ...ratio('redis-counter-set', defaultStrategy, 'refusedPerSecond', 0.5, 'refusals/s'),
    ...ratio(defaultStrategy, 'db-lock', 'acceptedPerSecond', 10, 'accepted/s'),
    ...queries,
  ];
}

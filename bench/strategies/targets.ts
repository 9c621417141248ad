import { defaultStrategy } from '../../core/events/event.ts';
import { median, type Target } from '../results/target.ts';
import { shownRounds, type EntrantResult } from './entrant-result.ts';
import { isControl, refusesInRedis, twin } from './entrants.ts';
import { comparedFigures, type ComparedFigure, type Noise } from './noise.ts';

/** The targets for the strategies that took part, and for the bench itself. */
export function targetsOf(entrants: readonly EntrantResult[], noise: Noise): Target[] {
  return [
    ...ratio(entrants, 'refusedPerSecond', 0.5, 'refusals/s', 'redis-counter-set', defaultStrategy),
    ...ratio(entrants, 'acceptedPerSecond', 10, 'accepted/s', defaultStrategy, 'db-lock'),
    ...queriesOfRefusals(entrants),
    ...twinsApart(noise),
  ];
}

/** Returns the median of the ratios within each round. */
function ratio(
  entrants: readonly EntrantResult[],
  figure: ComparedFigure,
  target: number,
  words: string,
  name: string,
  than: string,
): Target[] {
  const [one, other] = [name, than].map((wanted) => entrants.find((entrant) => entrant.name === wanted));
  if (one === undefined || other === undefined) return [];
  const others = shownRounds(other);
  const ratios = shownRounds(one).flatMap((round, i) => {
    const same = others[i];
    return same === undefined ? [] : [comparedFigures[figure](round) / comparedFigures[figure](same)];
  });
  const value = ratios.length === 0 ? null : median(ratios);
  return [{ name: `${words}, ${name} to ${than}`, unit: '', value, target, want: 'at least' }];
}

/** During refusals, an API process only writes its tallies, two statements every two seconds. */
const queriesPerRefusalMax = 0.001;

/** Strategies that decide in Redis must refuse claims without asking MySQL. */
function queriesOfRefusals(entrants: readonly EntrantResult[]): Target[] {
  return entrants
    .filter((entrant) => refusesInRedis(entrant) && !isControl(entrant) && entrant.name !== twin.name)
    .map((entrant): Target => {
      const counts = shownRounds(entrant).map(({ refusals }) => refusals.mysqlQueriesPerRefusal);
      const measured = counts.filter((count) => count !== null);
      const value = measured.length === 0 || measured.length < counts.length ? null : Math.max(...measured);
      return {
        name: `MySQL queries per refusal, ${entrant.name}`,
        unit: '',
        value,
        target: queriesPerRefusalMax,
        want: 'at most',
      };
    });
}

const figureWords: Partial<Record<ComparedFigure, string>> = {
  acceptedPerSecond: 'accepted/s',
  refusedPerSecond: 'refused/s',
};

/** The target's lower bound. The rounds of one name may by chance differ by less than two loads usually do. */
const leastNoise = 0.05;

/**
 * The difference between the two names of one strategy may be no larger than the difference between rounds of one name.
 * Otherwise the bench favours one of them.
 */
function twinsApart(noise: Noise): Target[] {
  return Object.entries(figureWords).flatMap(([figure, words]): Target[] => {
    const apart = noise[figure as ComparedFigure];
    if (apart === null || apart.rounds === null) return [];
    const percent = (share: number): number => Math.round(1_000 * share) / 10;
    const [value, target] = [percent(apart.twins), percent(Math.max(apart.rounds, leastNoise))];
    return [
      { name: `difference of one strategy under two names, ${words}`, unit: '%', value, target, want: 'at most' },
    ];
  });
}

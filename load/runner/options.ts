import { parseArgs } from 'node:util';
import { limits, defaultStrategy, strategyNames, type StrategyName } from '../../core/events/event.ts';
import type { Thresholds } from './thresholds.ts';

type Common = {
  strategy: StrategyName;
  /** Null: as fits the scenario. */
  stock: number | null;
  /** How many different users come; null: each arrival is a new one. */
  users: number | null;
  /** Arrivals a second: where the climb begins, the usual rate, the steady rate. */
  rate: number;
  /** Of a step, of the peak, of the whole. */
  seconds: number;
  thresholds: Thresholds;
  json: boolean;
};
export type RampUpOptions = Common & { scenario: 'ramp-up'; atLeast: number | null };
export type StressOptions = Common & { scenario: 'stress'; peakRate: number };
export type EnduranceOptions = Common & { scenario: 'endurance' };
export type LoadOptions = RampUpOptions | StressOptions | EnduranceOptions;
export type ScenarioName = LoadOptions['scenario'];

export const usage = `Usage: npm run load -- <scenario> [options]

Sends virtual users by Artillery through real HTTP, at a rate that does not wait for answers, each with a user id and a
token of its own. Says what came back, and proves from three sides that it was exact: what every user was told, what
Redis holds, and what MySQL holds. load/README.md tells how to read what it prints.

  ramp-up      more and more arrivals, until latency or failures break the thresholds: where the limit is
  stress       a usual rate, a rush past the limit, the usual rate again: whether it recovers
  endurance    a steady rate for long, over many events: whether memory stays flat

                 ramp-up            stress             endurance
  --rate R       first step   100   usual        100   steady       100   arrivals a second
  --duration T   of a step    10s   of the peak  15s   of all       10m   such as 45, 90s, 10m, 4h
  --at-least R   a limit below it fails the run                           (ramp-up)
  --peak R                          of the rush 1500                      (stress)
  --stock N      1000000            1000000            half of a minute's arrivals, for each minute's event
  --users N      how many different users there are; else each arrival is a new one
  --p99 MS       latency above which a run fails, or a step breaks        500
  --strategy S   how claims are decided: ${defaultStrategy}, or one of
                 ${strategyNames.slice(0, 4).join(', ')},
                 ${strategyNames.slice(4).join(', ')}
  --json         print the result as JSON, and nothing else, on stdout

The strategy unsafe oversells on purpose, to see that this finds it, if the stock is small enough to sell out; the system
must run with FIRSTCOME_UNSAFE=1.
Artillery (450 MB) is installed in load/ at the first run; no browser is downloaded, and nothing is reported to anybody.
It uses the system that DATABASE_URL, REDIS_URL, AUTH_SECRET, HOST and PORT say, else the one that \`npm start\` runs,
else it starts one of its own and stops it again.
Exit codes: 0 all promises held and no threshold was missed, 1 fault, or a threshold missed, 2 usage, 3 a promise was
broken.`;

const scenarios: ScenarioName[] = ['ramp-up', 'stress', 'endurance'];
/** Above what Artillery sends from one machine of a few cores. */
export const rateMax = 10_000;
/** What is seen of the processes every second, to judge memory and CPU by, is kept until the end. */
const secondsMax = 24 * 3_600;

/** Reads the arguments. Throws a `UsageError`. */
export function parseOptions(args: string[]): LoadOptions | 'help' {
  const { values, positionals } = readArgs(args);
  if (values.help) return 'help';
  const [name, ...more] = positionals;
  const scenario = scenarios.find((known) => known === name);
  if (scenario === undefined || more.length > 0) {
    throw new UsageError(`say one of ${scenarios.join(', ')}, not ${positionals.join(' ') || 'nothing'}`);
  }
  const strategy = strategyNames.find((known) => known === values.strategy);
  if (strategy === undefined)
    throw new UsageError(`--strategy ${values.strategy} is none of ${strategyNames.join(', ')}`);
  onlyFor('at-least', values['at-least'], 'ramp-up', scenario);
  onlyFor('peak', values.peak, 'stress', scenario);
  const number = <Default>(key: NumberOption, max: number, otherwise: Default): number | Default => {
    const text = values[key];
    return text === undefined ? otherwise : wholeNumber(key, text, max);
  };
  const seconds = (otherwise: number): number =>
    values.duration === undefined ? otherwise : readSeconds(values.duration);
  const common = {
    strategy,
    stock: number('stock', limits.stockMax, null),
    users: number('users', 100_000_000, null),
    rate: number('rate', rateMax, 100),
    thresholds: { p99Ms: number('p99', 60_000, 500), putOffShareMax: 0.01 },
    json: values.json,
  };
  switch (scenario) {
    case 'ramp-up':
      return { ...common, scenario, seconds: seconds(10), atLeast: number('at-least', rateMax, null) };
    case 'stress':
      return { ...common, scenario, seconds: seconds(15), peakRate: number('peak', rateMax, 1_500) };
    case 'endurance':
      return { ...common, scenario, seconds: seconds(600) };
  }
}

type NumberOption = 'rate' | 'peak' | 'stock' | 'users' | 'p99' | 'at-least';

export class UsageError extends Error {}

function readArgs(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        strategy: { type: 'string', default: defaultStrategy },
        rate: { type: 'string' },
        peak: { type: 'string' },
        duration: { type: 'string' },
        stock: { type: 'string' },
        users: { type: 'string' },
        p99: { type: 'string' },
        'at-least': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (err) {
    throw new UsageError(err instanceof Error ? err.message : String(err));
  }
}

function onlyFor(name: string, value: string | undefined, scenario: ScenarioName, given: ScenarioName): void {
  if (value !== undefined && given !== scenario) throw new UsageError(`--${name} is for ${scenario}, not ${given}`);
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from 1 to ${max}, not ${text}`);
}

const unitSeconds = { '': 1, s: 1, m: 60, h: 3_600 };

function readSeconds(text: string): number {
  const [, count, unit] = /^(\d+)(s|m|h|)$/.exec(text) ?? [];
  const seconds = Number(count) * unitSeconds[(unit ?? '') as keyof typeof unitSeconds];
  if (seconds >= 1 && seconds <= secondsMax) return seconds;
  throw new UsageError(
    `--duration must be a time from 1s to ${secondsMax / 3_600}h, such as 90s, 10m or 4h, not ${text}`,
  );
}

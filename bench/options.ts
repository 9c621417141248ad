import { strategyNames, type StrategyName } from '../core/events/event.ts';
import { npmCommand } from '../scripts/command/npm-command.ts';
import { invalid, numberBetween, severalOf } from '../scripts/command/options.ts';

export const parts = [
  'claims',
  'opening',
  'memory',
  'strategies',
  'locks',
  'reconcile',
  'pages',
  'limits',
  'line',
  'tracing',
] as const;
export type Part = (typeof parts)[number];

/** The parts, `ceiling` (another name of `claims`), and `report`, which measures nothing. */
const partNames = ['ceiling', ...parts, 'report'] as const;

export type BenchOptions = {
  /** If empty, only regenerates the page from the stored results. */
  parts: Part[];
  quick: boolean;
  rounds: number;
  /** Null means the part's default. */
  seconds: number | null;
  /** How many claims the memory part makes and the reconcile part compares. */
  claims: number;
  strategies: StrategyName[];
  json: boolean;
  store: boolean;
};

type Typed = Partial<Omit<BenchOptions, 'parts' | 'seconds' | 'store'> & { seconds: number }>;

const numberMax = 999_999_999;

export const benchCommand = npmCommand<BenchOptions>(
  'npm run bench --',
  (command) =>
    command
      .description(
        'Measures the system on its own servers and stores the raw results in docs/performance/. It needs wrk ' +
          '(apt-get install wrk).',
      )
      .addArgument(severalOf('[part...]', 'what to measure', partNames))
      .option('--quick', 'a short run that shows whether the bench works; nothing is stored')
      .option('--rounds <n>', 'rounds of ceiling and strategies; the results are medians (3)', numberBetween(1, 1_000))
      .option(
        '--seconds <n>',
        'length of each load of ceiling (10), strategies (4) and reconcile (10)',
        numberBetween(1, 3_600),
      )
      .option(
        '--strategies <list>',
        'measure only these strategies, such as db-lock,redis-lock; nothing is stored',
        someStrategies,
      )
      .option('--claims <n>', 'claims of memory and reconcile (1000000)', numberBetween(1, numberMax))
      .option('--json', 'print the raw results too')
      .addHelpText(
        'after',
        `
Parts:
  ceiling     (also: claims) accepted and persisted claims/s compared with a bare node:http server and stock tRPC on
              Express, in one run; CPU of each process per claim; latencies
  opening     time from the opening to the first accepted claim, also with the worker stopped
  memory      the API's memory over a million claims
  strategies  every strategy, and a control that oversells, under the same three loads: a sale of 1,000 coupons to
              10,000 users with its proof, winners only, refusals only; about 13 minutes
  locks       the named lock compared with the row lock, polling with messages; wait and lease times; about 6 minutes
  reconcile   a reconcile of a million claims, alone; and one beside a sale at half of what the machine accepts;
              about 6 minutes
  pages       the event page on a slow phone until it is usable, and what 5,000 open pages cost; needs Chromium
  limits      2,000 users who claim once each, beside one token on 200 connections; about 2 minutes
  line        100,000 people who wait in line for 1,000 coupons; about 2 minutes
  tracing     accepted claims/s without traces, and with 1% and 100% of the claims recorded, in turns; about 3 minutes
  report      measures nothing; makes docs/performance/README.md and its plots from the stored results, after
              installing the packages that draw them in bench/ (28 MB, the first time only)`,
      ),
  (command) => {
    const typed = command.processedArgs[0] as (typeof partNames)[number][];
    const {
      quick = false,
      json = false,
      rounds,
      seconds,
      claims,
      strategies = [...strategyNames],
    } = command.opts<Typed>();
    const names = typed.map((name) => (name === 'ceiling' ? 'claims' : name));
    return {
      parts: names.length === 0 ? [...parts] : parts.filter((name) => names.includes(name)),
      quick,
      json,
      rounds: rounds ?? (quick ? 1 : 3),
      seconds: seconds ?? null,
      claims: claims ?? (quick ? 100_000 : 1_000_000),
      strategies,
      store: !quick && strategies.length === strategyNames.length,
    };
  },
);

/** The length of each load of a part. */
export function secondsOf({ seconds, quick }: BenchOptions, part: 'claims' | 'strategies' | 'tracing'): number {
  if (seconds !== null) return seconds;
  if (part === 'claims') return quick ? 3 : 10;
  return quick ? 2 : 4;
}

function someStrategies(list: string): StrategyName[] {
  return list.split(',').map((given) => {
    const name = strategyNames.find((candidate) => candidate === given.trim());
    return name ?? invalid(`Allowed choices are ${strategyNames.join(', ')}.`);
  });
}

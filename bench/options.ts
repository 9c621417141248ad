import { strategyNames, type StrategyName } from '../core/events/event.ts';
import { npmCommand } from '../scripts/command/npm-command.ts';
import { invalid, numberBetween, severalOf } from '../scripts/command/options.ts';

export const parts = ['claims', 'opening', 'memory', 'strategies', 'locks', 'reconcile'] as const;
export type Part = (typeof parts)[number];

/** What may be typed: the parts, `claims` under the name that people look for, and `report`, which measures nothing. */
const partNames = ['ceiling', ...parts, 'report'] as const;

export type BenchOptions = {
  /** What to measure; nothing: only make the tables anew. */
  parts: Part[];
  quick: boolean;
  rounds: number;
  /** Null: as long as is usual for the part. */
  seconds: number | null;
  /** Claims of the memory part, and of the round that is reconciled. */
  claims: number;
  /** Of the strategies part. */
  strategies: StrategyName[];
  json: boolean;
  /** Whether the results are kept. */
  store: boolean;
};

type Typed = Partial<Omit<BenchOptions, 'parts' | 'seconds' | 'store'> & { seconds: number }>;

const numberMax = 999_999_999;

/** `npm run bench`. */
export const benchCommand = npmCommand<BenchOptions>(
  'npm run bench --',
  (command) =>
    command
      .description(
        'Measures the system on services of its own, and stores the raw results in docs/performance/. It needs wrk ' +
          '(apt-get install wrk).',
      )
      .addArgument(severalOf('[part...]', 'what to measure; all of it if nothing is said', partNames))
      .option('--quick', 'a short run, to see that it works; nothing is stored')
      .option(
        '--rounds <n>',
        'rounds of ceiling and strategies, of which medians are taken (3)',
        numberBetween(1, 1_000),
      )
      .option(
        '--seconds <n>',
        'length of each load of ceiling (10), strategies (4) and reconcile (10)',
        numberBetween(1, 3_600),
      )
      .option(
        '--strategies <list>',
        'only these of strategies, such as db-lock,redis-lock; nothing is stored',
        someStrategies,
      )
      .option('--claims <n>', 'claims of memory and reconcile (1000000)', numberBetween(1, numberMax))
      .option('--json', 'print the raw results too')
      .addHelpText(
        'after',
        `
Parts:
  ceiling     (also: claims) accepted and persisted claims/s beside a bare node:http server and beside stock tRPC on
              Express, in one run; CPU of each process for a claim; latencies
  opening     how long after the opening the first claim is accepted, also with the worker stopped
  memory      the API's memory over a million claims
  strategies  every strategy, and a control that oversells, under the same three loads: a sale of 1,000 coupons to
              10,000 users with its proof, winners only, refusals only; about 13 minutes
  locks       named against row lock, polling against messages, wait and lease times; about 6 minutes
  reconcile   a reconcile of a million claims, alone; and one beside a sale at half of what the machine accepts;
              about 6 minutes
  report      only makes docs/performance/README.md and its plots from the stored results; what draws them is
              installed in bench/ the first time (28 MB)`,
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

/** How long each load of a part takes, if nothing is said. */
export function secondsOf({ seconds, quick }: BenchOptions, part: 'claims' | 'strategies'): number {
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

import { parseArgs } from 'node:util';
import { strategyNames, type StrategyName } from '../core/events/event.ts';

export const parts = ['claims', 'opening', 'memory', 'strategies', 'locks', 'reconcile'] as const;
export type Part = (typeof parts)[number];

/** What people look for under another name. */
const otherNames: Record<string, Part> = { ceiling: 'claims' };

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

export const usage = `Usage: npm run bench -- [part ...] [options]

Measures the system on services of its own, and stores the raw results in docs/performance/.

  ceiling     (also: claims) accepted and persisted claims/s beside a bare node:http server and beside stock tRPC on
              Express, in one run; CPU of each process for a claim; latencies
  opening     how long after the opening the first claim is accepted, also with the worker stopped
  memory      the API's memory over a million claims
  strategies  every strategy, and a control that oversells, under the same three loads: a sale of 1,000 coupons to
              10,000 users with its proof, winners only, refusals only; about 13 minutes
  locks       named against row lock, polling against messages, wait and lease times; about 6 minutes
  reconcile   a reconcile of a million claims, alone; and one beside a sale at half of what the machine accepts;
              about 6 minutes
  report      only makes docs/performance/README.md and its plots from the stored results
  (none)      all of them, one after the other

  --quick          a short run, to see that it works; nothing is stored
  --rounds N       rounds of \`ceiling\` and \`strategies\`, of which medians are taken   3
  --seconds N      length of each load of \`ceiling\` (10), \`strategies\` (4) and \`reconcile\` (10)
  --strategies A,B only these of \`strategies\`, to try something; nothing is stored
  --claims N       claims of \`memory\` and \`reconcile\`                          1000000
  --json           print the raw results too
It needs wrk (apt-get install wrk).`;

export class UsageError extends Error {}

/** Reads the arguments. Throws a `UsageError`. */
export function parseBenchOptions(args: string[]): BenchOptions | 'help' {
  const { values, positionals } = readArgs(args);
  if (values.help) return 'help';
  const names = positionals.map((name) => otherNames[name] ?? name);
  const unknown = names.find((name) => name !== 'report' && !parts.includes(name as Part));
  if (unknown !== undefined)
    throw new UsageError(`${unknown} is none of ${[...Object.keys(otherNames), ...parts].join(', ')}, report`);
  const { quick, json } = values;
  const strategies = chosenStrategies(values.strategies);
  return {
    parts: names.length === 0 ? [...parts] : parts.filter((name) => names.includes(name)),
    quick,
    json,
    rounds: wholeNumber('rounds', values.rounds, quick ? 1 : 3),
    seconds: values.seconds === undefined ? null : wholeNumber('seconds', values.seconds, 0),
    claims: wholeNumber('claims', values.claims, quick ? 100_000 : 1_000_000),
    strategies,
    store: !quick && strategies.length === strategyNames.length,
  };
}

/** How long each load of a part takes, if nothing is said. */
export function secondsOf({ seconds, quick }: BenchOptions, part: 'claims' | 'strategies'): number {
  if (seconds !== null) return seconds;
  if (part === 'claims') return quick ? 3 : 10;
  return quick ? 2 : 4;
}

function chosenStrategies(list: string | undefined): StrategyName[] {
  if (list === undefined) return [...strategyNames];
  return list.split(',').map((given) => {
    const name = strategyNames.find((candidate) => candidate === given.trim());
    if (name === undefined) throw new UsageError(`--strategies ${given} is none of ${strategyNames.join(', ')}`);
    return name;
  });
}

function readArgs(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        claims: { type: 'string' },
        strategies: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (err) {
    throw new UsageError(err instanceof Error ? err.message : String(err));
  }
}

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} must be a whole number above 0, not ${text}`);
}

import { parseArgs } from 'node:util';

export const parts = ['claims', 'opening', 'memory'] as const;
export type Part = (typeof parts)[number];

export type BenchOptions = {
  /** What to measure; nothing: only make the tables anew. */
  parts: Part[];
  quick: boolean;
  rounds: number;
  seconds: number;
  /** Claims of the memory part. */
  claims: number;
  json: boolean;
};

export const usage = `Usage: npm run bench -- [part ...] [options]

Measures the system on services of its own, and stores the raw results in docs/performance/.

  claims      accepted and persisted claims/s beside a bare node:http server and beside stock tRPC on Express, in one
              run; CPU of each process for a claim; latencies
  opening     how long after the opening the first claim is accepted, also with the worker stopped
  memory      the API's memory over a million claims
  report      only makes docs/performance/README.md from the stored results
  (none)      claims, opening and memory

  --quick          a short run, to see that it works; nothing is stored
  --rounds N       rounds of \`claims\`, of which medians are taken      3
  --seconds N      length of each load                                10
  --claims N       claims of \`memory\`                           1000000
  --json           print the raw results too
It needs wrk (apt-get install wrk).`;

export class UsageError extends Error {}

/** Reads the arguments. Throws a `UsageError`. */
export function parseBenchOptions(args: string[]): BenchOptions | 'help' {
  const { values, positionals } = readArgs(args);
  if (values.help) return 'help';
  const unknown = positionals.find((name) => name !== 'report' && !parts.includes(name as Part));
  if (unknown !== undefined) throw new UsageError(`${unknown} is none of ${parts.join(', ')}, report`);
  const { quick, json } = values;
  return {
    parts: positionals.length === 0 ? [...parts] : parts.filter((name) => positionals.includes(name)),
    quick,
    json,
    rounds: wholeNumber('rounds', values.rounds, quick ? 1 : 3),
    seconds: wholeNumber('seconds', values.seconds, quick ? 3 : 10),
    claims: wholeNumber('claims', values.claims, quick ? 100_000 : 1_000_000),
  };
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

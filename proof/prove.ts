import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realStrategyNames, type StrategyName } from '../core/events/event.ts';
import { givenUpBySignal } from '../scripts/command/interrupted.ts';
import { npmCommand, runCommand } from '../scripts/command/npm-command.ts';
import { choice, numberBetween, strategyOption } from '../scripts/command/options.ts';
import type { SaleTally } from '../tests/support/claims-tally.ts';
import { runSuite, type Suite } from './run-suite.ts';

type Options = { runs: number; strategies: readonly StrategyName[]; suite: Suite };
/** The sum of one strategy's claims over all runs. */
type Sum = { runs: number; sales: number; stored: number; lost: number; added: number };

const proveCommand = npmCommand<Options>(
  'npm run prove --',
  (command) =>
    command
      .description(
        "Runs the strategies' contract suite repeatedly, on separate servers, and counts the stored, lost and added claims.",
      )
      .option('--runs <n>', 'number of runs', numberBetween(1, 1_000_000), 20)
      .addOption(
        choice('--suite <name>', 'contract: half a minute a run; all: also kills the servers, two minutes a run', [
          'contract',
          'all',
        ]).default('all'),
      )
      .addOption(strategyOption(realStrategyNames))
      .addHelpText(
        'after',
        `
Without --strategy, all strategies run.
Exit codes: 0 no claim was lost or added and all tests passed, 1 fault (a test failed, or nothing was counted), 2 usage,
3 a promise was broken.`,
      ),
  (command) => {
    const { runs, suite, strategy } = command.opts<{ runs: number; suite: Suite; strategy?: StrategyName }>();
    return { runs, suite, strategies: strategy === undefined ? realStrategyNames : [strategy] };
  },
);

async function main({ runs, strategies, suite }: Options): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'firstcome-prove-'));
  const stopped = givenUpBySignal('the proof', console.log);
  try {
    const sums = new Map(strategies.map((name): [StrategyName, Sum] => [name, emptySum()]));
    let failedRuns = 0;
    for (let run = 1; run <= runs; run += 1) {
      const tally = join(dir, `run-${run}.jsonl`);
      console.log(`run ${run} of ${runs} ...`);
      const passed = await runSuite(suite, { strategies, env: { CLAIMS_TALLY: tally }, signal: stopped });
      if (stopped.aborted) return end('This run was not counted.', 1);
      if (!passed) failedRuns += 1;
      addRun(sums, readTally(tally));
      console.log(`run ${run} of ${runs}: ${passed ? 'all tests passed' : 'a test FAILED'}`);
    }
    return report(sums, failedRuns);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readTally(file: string): SaleTally[] {
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as SaleTally);
  } catch (err) {
    // If the tests failed before their first sale, there is no file.
    if (err instanceof Error && 'code' in err && err.code === 'ENOENT') return [];
    throw err;
  }
}

/**
 * Adds a run to each strategy's sum. The control, `unsafe`, has no sum, because it is expected to lose and add claims.
 */
function addRun(sums: Map<StrategyName, Sum>, sales: SaleTally[]): void {
  for (const [name, sum] of sums) {
    const own = sales.filter(({ strategy }) => strategy === name);
    if (own.length > 0) sum.runs += 1;
    for (const { stored, lost, added } of own) {
      sum.sales += 1;
      sum.stored += stored;
      sum.lost += lost;
      sum.added += added;
    }
  }
}

const emptySum = (): Sum => ({ runs: 0, sales: 0, stored: 0, lost: 0, added: 0 });

function report(sums: Map<StrategyName, Sum>, failedRuns: number): number {
  const row = (name: string, cells: (string | number)[]): string =>
    name.padEnd(20) + cells.map((cell) => cell.toLocaleString('en-US').padStart(15)).join('');
  console.log(`\n${row('', ['runs', 'sales', 'claims stored', 'lost', 'added'])}`);
  for (const [name, { runs, sales, stored, lost, added }] of sums) {
    console.log(row(name, [runs, sales, stored, lost, added]));
  }
  const all = [...sums.values()];
  if (all.some(({ lost, added }) => lost + added > 0)) return end('Claims were lost or added: a promise is broken.', 3);
  if (failedRuns > 0) return end(`Tests failed in ${failedRuns} of the runs. See their output above.`, 1);
  if (all.some(({ sales }) => sales === 0)) return end('At least one strategy had no sale to count.', 1);
  return end('No claim was lost, and none was added.', 0);
}

function end(verdict: string, exitCode: number): number {
  console.log(`\n${verdict}`);
  return exitCode;
}

await runCommand(proveCommand, main);

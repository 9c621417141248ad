import { dirname, join } from 'node:path';
import { givenUpBySignal } from '../scripts/command/interrupted.ts';
import { runCommand } from '../scripts/command/npm-command.ts';
import { benchClaims } from './claims/claims-bench.ts';
import { installBench } from './install.ts';
import { benchLimits } from './limits/limits-bench.ts';
import { benchLine } from './line/line-bench.ts';
import { benchLocks, withheldOf } from './locks/locks-bench.ts';
import { benchMemory } from './memory/memory-bench.ts';
import { benchOpening } from './opening/opening-bench.ts';
import { benchCommand, secondsOf, type BenchOptions, type Part } from './options.ts';
import { writePerformancePage } from './page/performance-page.ts';
import { benchPages } from './pages/pages-bench.ts';
import { benchReconcile } from './reconcile/reconcile-bench.ts';
import { storeResult, type StoredResult } from './results/results.ts';
import { reachedWords, targetWords } from './results/target.ts';
import { benchStrategies } from './strategies/strategies-bench.ts';
import type { StrategiesResult } from './strategies/strategies-result.ts';
import { benchTracing } from './tracing/tracing-bench.ts';
import { startBenchSystem, type BenchSystem } from './system/bench-system.ts';
import { describeSetting } from './system/machine.ts';
import { wrkVersion } from './wrk/wrk.ts';

const root = dirname(import.meta.dirname);
const folder = join(root, 'docs', 'performance');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(options: BenchOptions): Promise<void> {
  // Checks before the measurements that wrk and the packages that draw plots are installed.
  if (options.store) await installBench(say);
  if (options.parts.length > 0) {
    await wrkVersion();
    say('Starting a separate system for the bench.');
    await using system = await startBenchSystem({ root, dir: join(root, '.data-bench'), say });
    const stop = (): void => void Promise.resolve(system[Symbol.asyncDispose]()).finally(() => process.exit(1));
    givenUpBySignal('the bench', say).addEventListener('abort', stop);
    for (const part of options.parts) await measure(system, part, options);
  }
  if (!options.store) say('\nNothing was stored.');
  if (options.store) say(`Wrote ${await writePerformancePage(folder)}`);
}

async function measure(system: BenchSystem, part: Part, options: BenchOptions): Promise<void> {
  say(`\n${part}`);
  const args = process.argv.slice(2);
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const setting = await describeSetting(system, command, root);
  const stored = await run(system, part, options, setting);
  for (const target of stored.result.targets) {
    say(`  ${target.name.padEnd(62)} ${reachedWords(target).padEnd(12)} ${targetWords(target)}`);
  }
  if (options.json) say(JSON.stringify(stored, null, 2));
  if (options.store) say(`  stored: docs/performance/${storeResult(folder, stored)}`);
}

async function run(
  system: BenchSystem,
  part: Part,
  options: BenchOptions,
  setting: StoredResult['setting'],
): Promise<StoredResult> {
  switch (part) {
    case 'claims': {
      const result = await benchClaims(system, { ...options, seconds: secondsOf(options, part) }, say);
      return { part, setting, result };
    }
    case 'opening':
      return { part, setting, result: await benchOpening(system, options, say) };
    case 'memory':
      return { part, setting, result: await benchMemory(system, options, say) };
    case 'strategies': {
      const result = await benchStrategies(system, { ...options, seconds: secondsOf(options, part) }, say);
      printTroubles(result);
      return { part, setting, result };
    }
    case 'locks': {
      const result = await benchLocks(system, options, say);
      printWithheld(withheldOf(result));
      return { part, setting, result };
    }
    case 'reconcile':
      return { part, setting, result: await benchReconcile(system, options, say) };
    case 'pages':
      return { part, setting, result: await benchPages(system, options, say) };
    case 'limits':
      return { part, setting, result: await benchLimits(system, options, say) };
    case 'line':
      return { part, setting, result: await benchLine(system, options, say) };
    case 'tracing': {
      const result = await benchTracing(system, { ...options, seconds: secondsOf(options, part) }, say);
      return { part, setting, result };
    }
  }
}

/**
 * Prints how far the comparison of strategies can be trusted: the noise, and the strategies whose figures are not
 * shown.
 */
function printTroubles({ noise, entrants }: StrategiesResult): void {
  for (const [figure, apart] of Object.entries(noise)) {
    const percent = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(1)}%`);
    const words = apart && `${percent(apart.twins)} between two names, ${percent(apart.rounds)} between rounds`;
    say(`  noise of ${figure}: ${words ?? 'not measured'}`);
  }
  for (const { name, withheld } of entrants) {
    printWithheld(withheld.map((reason) => `${name}: ${reason}`));
  }
}

function printWithheld(reasons: string[]): void {
  for (const reason of reasons) say(`  NOT SHOWN: ${reason}`);
  if (reasons.length > 0) process.exitCode = 1;
}

await runCommand(benchCommand, main);

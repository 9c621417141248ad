import { dirname, join } from 'node:path';
import { parseBenchOptions, usage, UsageError, type BenchOptions, type Part } from './bench/bench-options.ts';
import { startBenchSystem, type BenchSystem } from './bench/bench-system.ts';
import { benchClaims } from './bench/claims-bench.ts';
import { describeSetting } from './bench/machine.ts';
import { benchMemory } from './bench/memory-bench.ts';
import { benchOpening } from './bench/opening-bench.ts';
import { writePerformancePage } from './bench/performance-page.ts';
import { storeResult, type StoredResult } from './bench/results.ts';
import { roundTo, targetWords } from './bench/target.ts';
import { wrkVersion } from './bench/wrk.ts';

const root = dirname(import.meta.dirname);
const folder = join(root, 'docs', 'performance');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(options: BenchOptions, command: string): Promise<void> {
  if (options.parts.length > 0) {
    // Before anything is started: without it there is nothing to measure with.
    await wrkVersion();
    say('Starting a system of its own for the bench.');
    await using system = await startBenchSystem({ root, dir: join(root, '.data-bench'), say });
    const stop = (signal: NodeJS.Signals): void => {
      say(`${signal}: stopping.`);
      void Promise.resolve(system[Symbol.asyncDispose]()).finally(() => process.exit(1));
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    for (const part of options.parts) await measure(system, part, options, command);
  }
  if (!options.quick) say(`Wrote ${await writePerformancePage(folder)}`);
}

async function measure(system: BenchSystem, part: Part, options: BenchOptions, command: string): Promise<void> {
  say(`\n${part}`);
  const setting = await describeSetting(system, command, root);
  const stored = await run(system, part, options, setting);
  for (const target of stored.result.targets) {
    say(`  ${target.name.padEnd(42)} ${`${roundTo(target.value)} ${target.unit}`.padEnd(12)} ${targetWords(target)}`);
  }
  if (options.json) say(JSON.stringify(stored, null, 2));
  if (!options.quick) say(`  stored: docs/performance/${storeResult(folder, stored)}`);
}

async function run(
  system: BenchSystem,
  part: Part,
  options: BenchOptions,
  setting: StoredResult['setting'],
): Promise<StoredResult> {
  switch (part) {
    case 'claims':
      return { part, setting, result: await benchClaims(system, options, say) };
    case 'opening':
      return { part, setting, result: await benchOpening(system, options, say) };
    case 'memory':
      return { part, setting, result: await benchMemory(system, options, say) };
  }
}

try {
  const args = process.argv.slice(2);
  const options = parseBenchOptions(args);
  if (options === 'help') say(usage);
  else await main(options, ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '));
} catch (err) {
  process.stderr.write(`bench: ${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = err instanceof UsageError ? 2 : 1;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { StrategyName } from '../core/events/event.ts';

const suites = { contract: 'tests/core/engines/contract.test.ts', all: 'tests/core/engines' } as const;

/** `contract`: the tests that all strategies must pass. `all`: all tests of the strategies. */
export type Suite = keyof typeof suites;

const root = dirname(import.meta.dirname);

/** Runs a suite once, on separate servers. Resolves to whether it passed; prints only the output of failed tests. */
export async function runSuite(
  suite: Suite,
  { strategies, env, signal }: { strategies: readonly StrategyName[]; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<boolean> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  // The full name of a strategy's test begins with the strategy's name, which may also be the beginning of another
  // strategy's name.
  const only = strategies.length === 1 ? ['--testNamePattern', `(^|\\s)${strategies[0]}[\\s:]`] : [];
  const child = spawn(process.execPath, [vitest, 'run', suites[suite], '--reporter=dot', '--silent', ...only], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', stop);
  if (signal.aborted) return false;
  if (code !== 0) process.stderr.write(output.slice(Math.max(0, output.indexOf('Failed Tests'))));
  return code === 0;
}

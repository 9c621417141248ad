import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { installBench } from '../../bench/install.ts';
import { writePerformancePage } from '../../bench/page/performance-page.ts';
import { storeResult } from '../../bench/results/results.ts';
import { benchStrategies } from '../../bench/strategies/strategies-bench.ts';
import { startBenchSystem } from '../../bench/system/bench-system.ts';
import { root } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { setting } from './stored-results.ts';

const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

describe.runIf(hasWrk && process.platform === 'linux')('the bench of strategies', () => {
  it(
    'measures and proves a strategy that decides in MySQL and one that decides in Redis',
    { timeout: 240_000 },
    async () => {
      const said: string[] = [];
      const runDir = inject('runDir');
      await using system = await startBenchSystem({
        root,
        dir: makeTestDir(runDir, 'bench'),
        say: (line) => said.push(line),
        forTests: true,
      });
      const plan = { rounds: 1, seconds: 1, quick: true, strategies: ['db-lock'] } as const;
      const result = await benchStrategies(system, plan, (line) => said.push(line));

      expect(result.entrants.map(({ name }) => name)).toEqual(['redis-stream (again)', 'db-lock']);
      const [stream, dbLock] = result.entrants.map(({ rounds: [round] }) => round);
      for (const round of [stream, dbLock]) {
        expect(round?.story, said.join('\n')).toMatchObject({ issued: 100, persisted: 100 });
        expect(round?.curve).toHaveLength(100);
        expect(round?.winners?.persisted).toBeGreaterThan(0);
        expect(round?.refusals?.calls).toBeGreaterThan(0);
        // Leave out the promise "on time", because the machine also affects that promise.
        const proven = round?.proof?.filter(({ verdict }) => verdict === 'held').map(({ promise }) => promise);
        expect(proven).toEqual(expect.arrayContaining(['exact', 'stored']));
      }
      // The number is not 0, because the API writes its tallies every two seconds.
      expect(stream?.refusals?.mysqlQueriesPerRefusal).toBeLessThan(0.02);
      expect(dbLock?.refusals?.mysqlQueriesPerRefusal).toBeGreaterThan(0.5);
      expect(dbLock?.winners?.mysqlQueriesPerClaim?.api).toBeGreaterThan(1);

      await installBench(() => undefined);
      const folder = makeTestDir(runDir, 'performance');
      storeResult(folder, { part: 'strategies', setting, result });
      const page = readFileSync(await writePerformancePage(folder), 'utf8');
      expect(page).toContain('`db-lock`');
      expect(page).not.toMatch(/NaN|undefined|Infinity/);
    },
  );
});

import { awaitIdle } from '../meters/await-idle.ts';
import { createCostMeter } from '../meters/costs.ts';
import { holdStory } from '../strategies/hold-story.ts';
import { measureStory, type StoryFigures } from '../strategies/story-figures.ts';
import { loadWinners } from '../strategies/winners-load.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import { brokenPromises } from './broken-promises.ts';
import { usersPerSecond } from './contention.ts';
import type { LockStrategy } from './lock-strategies.ts';

/** A crowd whose claims wait at most `waitMs` (CLAIM_WAIT_MS) for their turn before the answer is "busy". */
export type WaitTime = {
  strategy: LockStrategy;
  waitMs: number;
  story: StoryFigures;
  /** Why the figures in `story` must not be shown; empty if they may be shown. */
  withheld: string[];
};

const waitStrategies = ['db-lock', 'redis-lock'] as const;
const waitsMs = [100, 300, 1_000];

/** Sends the same crowd for each wait time and strategy. The crowd is larger than a lock can serve within the wait. */
export async function measureWaits(
  system: BenchSystem,
  { users, stock }: { users: number; stock: number },
  say: (line: string) => void,
): Promise<WaitTime[]> {
  const found: WaitTime[] = [];
  for (const waitMs of waitsMs) {
    const env = { CLAIM_WAIT_MS: String(waitMs) };
    const api = await system.startApi(`wait-${waitMs}`, 'api/main.ts', { env });
    const meter = await createCostMeter(system, api);
    for (const strategy of waitStrategies) {
      const name = `warm ${strategy} ${waitMs}`;
      await loadWinners(system, api, meter, { name, entrant: { name, strategy }, seconds: 1, users: usersPerSecond });
    }
    for (const strategy of waitStrategies) {
      await awaitIdle(system, api);
      const plan = { name: `${strategy} waits ${waitMs}`, strategy, users, stock, seed: 1 };
      const held = await holdStory(system, api, meter, plan);
      const story = measureStory(held, plan);
      say(
        `  ${strategy.padEnd(16)} waits ${waitMs} ms: ${(100 * story.failRate).toFixed(0)}% busy, ` +
          `sold out after ${story.soldOutAfterMs ?? '-'} ms, all decided after ${Math.round(story.allDecidedAfterMs)} ms`,
      );
      found.push({ strategy, waitMs, story, withheld: brokenPromises(plan.name, held) });
    }
    await api.process.stop(15_000);
  }
  return found;
}

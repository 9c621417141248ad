import { awaitIdle } from '../meters/await-idle.ts';
import { createCostMeter } from '../meters/costs.ts';
import { medianOfEach } from '../results/median-of-each.ts';
import { holdStory } from '../strategies/hold-story.ts';
import { measureStory, type StoryFigures } from '../strategies/story-figures.ts';
import { loadWinners, type WinnersLoad } from '../strategies/winners-load.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';
import { brokenPromises } from './broken-promises.ts';
import { lockStrategies, type LockStrategy } from './lock-strategies.ts';

/** One lock under contention, with one API process or several on one port. */
export type Contention = {
  strategy: LockStrategy;
  processes: number;
  /** `wrk -t1 -c64` with a coupon for every user, medians over the rounds. */
  winners: WinnersLoad;
  /** One crowd that sells an event out. */
  story: StoryFigures;
  /** Why the figures in `story` must not be shown; empty if they may be shown. */
  withheld: string[];
};

const processCounts = [1, 3] as const;

export type ContentionPlan = { rounds: number; seconds: number; users: number; stock: number };

/** The number of users per second, which is more than any lock can serve. */
export const usersPerSecond = 8_000;

/** Puts the four locks under the same loads, in alternating order, with one API process and then with several. */
export async function measureContention(
  system: BenchSystem,
  plan: ContentionPlan,
  say: (line: string) => void,
): Promise<Contention[]> {
  const found: Contention[] = [];
  for (const processes of processCounts) {
    const api = await system.startApi(`locks-${processes}`, 'api/main.ts', {
      env: { WEB_CONCURRENCY: String(processes) },
    });
    found.push(...(await contend(system, api, processes, plan, say)));
    await api.process.stop(15_000);
  }
  return found;
}

async function contend(
  system: BenchSystem,
  api: BenchApi,
  processes: number,
  { rounds, seconds, users, stock }: ContentionPlan,
  say: (line: string) => void,
): Promise<Contention[]> {
  const meter = await createCostMeter(system, api);
  const load = async (strategy: LockStrategy, round: string, length: number): Promise<WinnersLoad> => {
    const name = `${strategy} ${processes} ${round}`;
    const entrant = { name, strategy };
    await awaitIdle(system, api);
    return loadWinners(system, api, meter, { name, entrant, seconds: length, users: length * usersPerSecond });
  };
  for (const strategy of lockStrategies) await load(strategy, 'warm', 1);
  const loads = new Map<LockStrategy, WinnersLoad[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const strategy of round % 2 === 1 ? lockStrategies : lockStrategies.toReversed()) {
      loads.set(strategy, [...(loads.get(strategy) ?? []), await load(strategy, String(round), seconds)]);
    }
  }
  const found: Contention[] = [];
  for (const strategy of lockStrategies) {
    const storyPlan = { name: `${strategy} ${processes} story`, strategy, users, stock, seed: 1 };
    const held = await holdStory(system, api, meter, storyPlan);
    const withheld = brokenPromises(storyPlan.name, held);
    const story = measureStory(held, storyPlan);
    const [first, ...more] = loads.get(strategy) ?? [];
    if (first === undefined) continue;
    const winners = medianOfEach([first, ...more]);
    say(
      `  ${strategy.padEnd(16)} ${processes} API: ${Math.round(winners.perSecond)} accepted/s, ` +
        `p99 ${winners.latency?.p99Ms.toFixed(0)} ms, ${winners.redisCommandsPerClaim.toFixed(1)} Redis commands/claim, ` +
        `${(100 * story.toTheFirst).toFixed(0)}% of the coupons to the first to ask`,
    );
    found.push({ strategy, processes, winners, story, withheld });
  }
  return found;
}

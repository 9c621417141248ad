import { defaultStrategy, type StrategyName } from '../../core/events/event.ts';
import { awaitIdle } from '../meters/await-idle.ts';
import { createCostMeter, type CostMeter } from '../meters/costs.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import type { EntrantResult } from './entrant-result.ts';
import { isControl, listEntrants, orderOf, type Entrant } from './entrants.ts';
import { holdStory } from './hold-story.ts';
import { loadsOf, type Load } from './loads.ts';
import { measureNoise } from './noise.ts';
import { loadRefusals } from './refusals-load.ts';
import type { StrategiesResult } from './strategies-result.ts';
import { targetsOf } from './targets.ts';
import { loadWinners } from './winners-load.ts';

export type StrategiesOptions = {
  rounds: number;
  /** The length of each wrk load. */
  seconds: number;
  quick: boolean;
  /** The strategies to compare; all by default. */
  strategies?: readonly StrategyName[];
};

type Say = (line: string) => void;

/**
 * Puts every strategy, the control and the twin under the same loads, each on its own event. The entrants take turns,
 * so that a disturbance of the machine affects all of them.
 */
export async function benchStrategies(
  system: BenchSystem,
  options: StrategiesOptions,
  say: Say,
): Promise<StrategiesResult> {
  const { rounds, seconds, quick } = options;
  const meter = await createCostMeter(system, system.api);
  const entrants = listEntrants(options.strategies).map((entrant): EntrantResult => ({
    ...entrant,
    withheld: [],
    rounds: [],
  }));
  const sale = quick ? { users: 1_000, stock: 100 } : { users: 10_000, stock: 1_000 };
  const rates = await warmUp(system, meter, entrants, options, say);

  for (let round = 0; round < rounds; round += 1) {
    const loads = loadsOf(system, meter, { ...sale, seconds, seed: round, rates });
    for (const [loadName, load] of Object.entries(loads)) {
      say(`round ${round + 1} of ${rounds}: ${loadName}`);
      for (const entrant of orderOf(entrants, round, rounds)) {
        await awaitIdle(system, system.api);
        await take(entrant, round, loadName, load, say);
      }
    }
  }
  for (const entrant of entrants) entrant.withheld.push(...unproven(entrant));
  const noise = measureNoise(entrants);
  return { ...sale, seconds, entrants, noise, targets: targetsOf(entrants, noise) };
}

async function take(entrant: EntrantResult, round: number, loadName: string, load: Load, say: Say): Promise<void> {
  const name = entrant.name.padEnd(22);
  try {
    const { part, words } = await load(entrant, `${entrant.name} ${loadName} ${round + 1}`);
    entrant.rounds[round] = { ...entrant.rounds[round], ...part };
    say(`  ${name} ${words}`);
  } catch (err) {
    // This entrant's figures are not shown; the other entrants continue.
    const reason = `round ${round + 1}, ${loadName}: ${err instanceof Error ? err.message : String(err)}`;
    entrant.withheld.push(reason);
    say(`  ${name} FAILED: ${reason}`);
  }
}

const warmUsersPerSecond = 40_000;

/** Runs each load briefly, so that all code is warm. Resolves to the claims accepted per second, by strategy. */
async function warmUp(
  system: BenchSystem,
  meter: CostMeter,
  entrants: readonly Entrant[],
  { quick }: StrategiesOptions,
  say: Say,
): Promise<Map<StrategyName, number>> {
  say('warming up');
  const seconds = quick ? 1 : 2;
  const users = warmUsersPerSecond * seconds;
  const rates = new Map<StrategyName, number>();
  for (const entrant of entrants) {
    // The code of the twin's strategy is warm already.
    if (rates.has(entrant.strategy)) continue;
    const name = `warm ${entrant.name}`;
    try {
      const warm = await loadWinners(system, system.api, meter, { name, entrant, seconds, users });
      rates.set(entrant.strategy, warm.perSecond);
      await loadRefusals(system, meter, { name, entrant, seconds: 1 });
    } catch (err) {
      say(`  ${name}: ${err instanceof Error ? err.message : String(err)}`);
    }
  }
  const story = { name: 'warm', strategy: defaultStrategy, users: quick ? 500 : 2_000, stock: 200, seed: 0 };
  await holdStory(system, system.api, meter, story);
  return rates;
}

/**
 * Returns why an entrant's figures must not be shown. Either a sale broke a promise, or a sale of the control broke
 * none, which suggests that the proof misses errors.
 */
function unproven(entrant: EntrantResult): string[] {
  const proofs = entrant.rounds.flatMap(({ proof = [] }, round) => proof.map((one) => ({ ...one, round })));
  if (isControl(entrant)) {
    const caught = proofs.some(({ verdict }) => verdict === 'broken');
    return caught ? [] : ['the proof found nothing wrong with the control'];
  }
  return proofs
    .filter(({ verdict }) => verdict !== 'held')
    .map(({ promise, verdict, found, round }) => `round ${round + 1}: ${promise} ${verdict}: ${found.join(', ')}`);
}

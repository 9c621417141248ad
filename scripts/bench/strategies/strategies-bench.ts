import { defaultStrategy, type StrategyName } from '../../../core/event.ts';
import type { PromiseVerdict } from '../../../core/proof/judge-sale.ts';
import type { BenchSystem } from '../bench-system.ts';
import { createCostMeter, type CostMeter } from '../meters/costs.ts';
import { isControl, listEntrants, orderOf, type Entrant } from './entrants.ts';
import { holdStory } from './hold-story.ts';
import { measureNoise } from './noise.ts';
import { loadRefusals } from './refusals-load.ts';
import type { EntrantResult, EntrantRound, Proof, StrategiesResult } from './strategies-result.ts';
import { measureStory, saleCurve } from './story-figures.ts';
import { targetsOf } from './targets.ts';
import { loadWinners } from './winners-load.ts';

export type StrategiesOptions = {
  rounds: number;
  /** Of each closed loop. */
  seconds: number;
  quick: boolean;
  /** All, if nothing is said. */
  strategies?: readonly StrategyName[];
};

type Say = (line: string) => void;

/** An entrant in a round: each load gives it a part of its results. */
type Load = (entrant: Entrant, name: string) => Promise<{ part: Partial<EntrantRound>; words: string }>;

/** Users to each claim of a warm-up's rate, so that a load does not run out of them. */
const spareUsers = 3;
const warmUsersPerSecond = 40_000;

/**
 * Puts every strategy, the control, and one strategy under two names, under identical loads, each on an event of its
 * own, in turns: what disturbs the machine disturbs all.
 */
export async function benchStrategies(
  system: BenchSystem,
  options: StrategiesOptions,
  say: Say,
): Promise<StrategiesResult> {
  const meter = await createCostMeter(system);
  const entrants = listEntrants(options.strategies).map((entrant): EntrantResult => ({
    ...entrant,
    withheld: [],
    rounds: [],
  }));
  const plan = options.quick ? { users: 1_000, stock: 100 } : { users: 10_000, stock: 1_000 };
  const rates = await warmUp(system, meter, entrants, options, say);

  for (let round = 0; round < options.rounds; round += 1) {
    const story: Load = async (entrant, name) => {
      // The same crowd for all in a round.
      const storyPlan = { ...plan, name, strategy: entrant.strategy, seed: round };
      const held = await holdStory(system, system.api, meter, storyPlan);
      const figures = measureStory(held, storyPlan);
      return {
        part: { story: figures, curve: saleCurve(held), proof: held.promises.map(shorten) },
        words: `${whole(figures.averageTps)} decided/s, all after ${whole(figures.allDecidedAfterMs)} ms, ${figures.busy} busy`,
      };
    };
    const winners: Load = async (entrant, name) => {
      const { seconds } = options;
      const users = Math.ceil((rates.get(entrant.strategy) ?? 0) * seconds * spareUsers) + 2_000;
      const load = await loadWinners(system, meter, { name, entrant, seconds, users });
      return {
        part: { winners: load },
        words: `${whole(load.perSecond)} accepted/s, CPU us/claim ${whole(load.cpuUsPerClaimTotal)}, ${load.busy} busy`,
      };
    };
    const refusals: Load = async (entrant, name) => {
      const load = await loadRefusals(system, meter, { name, entrant, seconds: options.seconds });
      return {
        part: { refusals: load },
        words: `${whole(load.perSecond)} refused/s, ${load.mysqlQueries ?? 'unknown'} MySQL queries`,
      };
    };
    for (const [loadName, load] of Object.entries({ story, winners, refusals })) {
      say(`round ${round + 1} of ${options.rounds}: ${loadName}`);
      for (const entrant of orderOf(entrants, round, options.rounds)) {
        await take(entrant, round, loadName, load, say);
      }
    }
  }
  for (const entrant of entrants) entrant.withheld.push(...unproven(entrant));
  return {
    ...plan,
    seconds: options.seconds,
    entrants,
    noise: measureNoise(entrants),
    targets: targetsOf(entrants),
  };

  async function take(entrant: EntrantResult, round: number, loadName: string, load: Load, say: Say): Promise<void> {
    try {
      const { part, words } = await load(entrant, `${entrant.name} ${loadName} ${round + 1}`);
      entrant.rounds[round] = { ...entrant.rounds[round], ...part };
      say(`  ${entrant.name.padEnd(22)} ${words}`);
    } catch (err) {
      // The others go on; what this one came to is not shown.
      const reason = `round ${round + 1}, ${loadName}: ${err instanceof Error ? err.message : String(err)}`;
      entrant.withheld.push(reason);
      say(`  ${entrant.name.padEnd(22)} FAILED: ${reason}`);
    }
  }
}

/** A while of each load, so that no code is new when it counts. Resolves to how many claims a second were accepted. */
async function warmUp(
  system: BenchSystem,
  meter: CostMeter,
  entrants: readonly Entrant[],
  { quick }: StrategiesOptions,
  say: Say,
): Promise<Map<StrategyName, number>> {
  say('warming up');
  const seconds = quick ? 1 : 2;
  const rates = new Map<StrategyName, number>();
  for (const entrant of entrants.filter(({ name, strategy }) => name === strategy)) {
    const name = `warm ${entrant.name}`;
    try {
      const users = warmUsersPerSecond * seconds;
      rates.set(entrant.strategy, (await loadWinners(system, meter, { name, entrant, seconds, users })).perSecond);
      await loadRefusals(system, meter, { name, entrant, seconds: 1 });
    } catch (err) {
      say(`  ${name}: ${err instanceof Error ? err.message : String(err)}`);
    }
  }
  await holdStory(system, system.api, meter, { name: 'warm', strategy: defaultStrategy, users: 2_000, stock: 200, seed: 0 });
  return rates;
}

const shorten = ({ promise, verdict, findings, reasons }: PromiseVerdict): Proof[number] => ({
  promise,
  verdict,
  found: [...reasons, ...findings.map(({ kind, count }) => `${kind} (${count})`)],
});

/** A figure of a sale that broke a promise is worth nothing; a control that breaks none shows that the proof is blind. */
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

const whole = (value: number): string => Math.round(value).toLocaleString('en');

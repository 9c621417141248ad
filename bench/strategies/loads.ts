import type { StrategyName } from '../../core/events/event.ts';
import type { PromiseVerdict } from '../../proof/checker/judge-sale.ts';
import type { CostMeter } from '../meters/costs.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import type { EntrantRound, Proof } from './entrant-result.ts';
import type { Entrant } from './entrants.ts';
import { holdStory } from './hold-story.ts';
import { loadRefusals } from './refusals-load.ts';
import { measureStory, saleCurve } from './story-figures.ts';
import { loadWinners } from './winners-load.ts';

/**
 * Puts an entrant under one load. Resolves to the load's part of the round's results, and to a summary for the
 * terminal.
 */
export type Load = (entrant: Entrant, name: string) => Promise<{ part: Partial<EntrantRound>; words: string }>;

export type LoadsPlan = {
  /** The number of users of the sale. */
  users: number;
  stock: number;
  /** The length of each of the two wrk loads. */
  seconds: number;
  /** The seed for the sale's crowd, which is the same for every entrant of a round. */
  seed: number;
  /**
   * Claims per second that each strategy accepted in the warm-up. Without a warm-up, the bench assumes a rate above
   * that of any strategy.
   */
  rates: ReadonlyMap<StrategyName, number>;
};

/**
 * The factor by which to multiply the number of users that the warm-up's rate needs, so that the users last for the
 * whole load.
 */
const spareUsers = 3;
const spareUsersMin = 2_000;
const ratePerSecondMax = 15_000;

/** The three loads of a round by name, in order. */
export function loadsOf(system: BenchSystem, meter: CostMeter, plan: LoadsPlan): Record<string, Load> {
  const { users, stock, seconds, seed, rates } = plan;
  return {
    story: async ({ strategy }, name) => {
      const storyPlan = { name, strategy, users, stock, seed };
      const held = await holdStory(system, system.api, meter, storyPlan);
      const story = measureStory(held, storyPlan);
      return {
        part: { story, curve: saleCurve(held), proof: held.promises.map(shorten) },
        words: `${whole(story.averageTps)} decided/s, all after ${whole(story.allDecidedAfterMs)} ms, ${story.busy} busy`,
      };
    },
    winners: async (entrant, name) => {
      const rate = rates.get(entrant.strategy) ?? ratePerSecondMax;
      const enough = Math.ceil(rate * seconds * spareUsers) + spareUsersMin;
      const winners = await loadWinners(system, system.api, meter, { name, entrant, seconds, users: enough });
      const cpu = whole(winners.cpuUsPerClaimTotal);
      return {
        part: { winners },
        words: `${whole(winners.perSecond)} accepted/s, CPU us/claim ${cpu}, ${winners.busy} busy`,
      };
    },
    refusals: async (entrant, name) => {
      const refusals = await loadRefusals(system, meter, { name, entrant, seconds });
      return {
        part: { refusals },
        words: `${whole(refusals.perSecond)} refused/s, ${refusals.mysqlQueries ?? 'unknown'} MySQL queries`,
      };
    },
  };
}

const shorten = ({ promise, verdict, findings, reasons }: PromiseVerdict): Proof[number] => ({
  promise,
  verdict,
  found: [...reasons, ...findings.map(({ kind, count }) => `${kind} (${count})`)],
});

const whole = (value: number): string => Math.round(value).toLocaleString('en');

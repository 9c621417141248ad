import { mediansOf } from '../strategies/entrant-result.ts';
import { isControl, twin } from '../strategies/entrants.ts';
import type { ComparedFigure } from '../strategies/noise.ts';
import { shownEntrants } from '../strategies/shown-entrants.ts';
import type { StrategiesResult } from '../strategies/strategies-result.ts';
import { refusalsCostTable, refusalsTable, winnersCostTable, winnersTable } from './closed-loop-tables.ts';
import { blocks, code, figure, percent, table, targetTable } from './markdown.ts';
import { originalTable } from './original-table.ts';
import { phasesTable } from './phases-table.ts';
import { storyLatencyTable, storyOutcomeTable } from './story-tables.ts';
import { strategyAnalysis } from './strategy-analysis.ts';

/** Compares the strategies. `image` returns the Markdown of a plot by its name. */
export function strategiesSection(result: StrategiesResult, image: (name: string) => string): string {
  const { users, stock, seconds, entrants, targets } = result;
  const shown = shownEntrants(entrants);
  const rounds = Math.max(...entrants.map((entrant) => entrant.rounds.length));
  const stories = shown.map(({ medians }) => medians.story);
  const latest = (of: (story: (typeof stories)[number]) => number | undefined): string =>
    figure(stories.length === 0 ? null : Math.max(...stories.map((story) => of(story) ?? 0)));
  return blocks(
    '## Strategies',
    `The phases of the original project, and the strategies that correspond to them here:`,
    phasesTable(),
    `Every strategy, the control, and ${code(twin.strategy)} a second time take turns under the same three loads. Each ` +
      `load has a new event and starts when the work of the previous load is done. Figures are medians over the rounds ` +
      `(${rounds}).`,
    `- **The story**: ${figure(users)} users, ${figure(stock)} coupons. Every click is planned ahead, whatever the ` +
      `answers: most users click within the first second, a twentieth before the opening, and a twentieth twice. A "busy" ` +
      `answer is retried as a real client would. Latency counts from when a call was due.\n` +
      `- **Winners only**: more coupons than users, ${seconds} s of \`wrk -t1 -c64\`, which is 64 VUsers.\n` +
      `- **Refusals only**: a sold-out event, ${seconds} s of the same.`,
    targetTable(targets),
    '### The original table',
    `The story's figures. TPS counts answers with an outcome. The crowd asks no faster than planned, so the tables of ` +
      `winners and refusals show what a strategy is capable of. The fail rate counts answers without an outcome: "busy" ` +
      `and all errors.`,
    originalTable(shown),
    image('strategies-rates'),
    '### The story',
    image('strategies-sale'),
    image('strategies-latency'),
    storyLatencyTable(shown),
    storyOutcomeTable(shown),
    `The crowd's own lateness against its plan is part of each latency: p99 at most ${latest(({ lateness }) => lateness?.p99Ms)} ms. ` +
      `So is the wait for one of its connections: p99 at most ${latest(({ connectionWait }) => connectionWait?.p99Ms)} ms.`,
    '### Winners only',
    'Latencies cover all answers, including "busy".',
    winnersTable(shown),
    'The cost of a claim stored in MySQL, over the load and the drain together:',
    winnersCostTable(shown),
    '### Refusals only',
    refusalsTable(shown),
    "The cost of a refusal. Queries are the API's, by MySQL's own counters:",
    refusalsCostTable(shown),
    image('strategies-cpu'),
    '### Noise',
    noiseText(result),
    '### Proof',
    proofText(result),
    '### Analysis',
    strategyAnalysis(shown),
  );
}

const figureTitles: Record<ComparedFigure, string> = {
  acceptedPerSecond: 'accepted/s, winners only',
  refusedPerSecond: 'refused/s, refusals only',
  storyTps: 'average TPS of the story',
  cpuUsPerClaim: 'CPU us per claim, winners only',
};

function noiseText({ noise, entrants }: StrategiesResult): string {
  const medians = (name: string) => {
    const entrant = entrants.find((candidate) => candidate.name === name);
    return entrant === undefined ? null : mediansOf(entrant);
  };
  const [one, other] = [medians(twin.strategy), medians(twin.name)];
  const rates = (of: typeof one): string =>
    of === null ? '-' : `${figure(of.winners.perSecond)} accepted/s and ${figure(of.refusals.perSecond)} refused/s`;
  return blocks(
    `One strategy under two names: ${code(twin.strategy)} reached ${rates(one)}, ${code(twin.name)} reached ` +
      `${rates(other)}. A difference between two strategies that is no larger than these means nothing.`,
    table(
      ['', 'between the two names', 'between rounds of one name'],
      (Object.keys(figureTitles) as ComparedFigure[]).map((name) => [
        figureTitles[name],
        percent(noise[name]?.twins),
        percent(noise[name]?.rounds),
      ]),
    ),
  );
}

function proofText({ entrants }: StrategiesResult): string {
  const caught = entrants
    .filter(isControl)
    .flatMap(({ rounds }) =>
      rounds.flatMap(({ proof = [] }) =>
        proof
          .filter(({ verdict }) => verdict === 'broken')
          .map(({ promise, found }) => `${promise}: ${found.join(', ')}`),
      ),
    );
  const [example] = caught;
  const withheld = entrants.flatMap(({ name, withheld }) => withheld.map((reason) => `- ${code(name)}: ${reason}`));
  return blocks(
    `Every story is judged from the clients' answers, Redis and MySQL (exact, stored, on time, fair), as \`npm run ` +
      `flash-sale\` does. If a story broke a promise, its strategy's figures are not shown.`,
    ...(example === undefined ? [] : [`The control is meant to fail, and was caught: ${example}.`]),
    ...(withheld.length === 0 ? [] : [`Not shown, and why:\n\n${withheld.join('\n')}`]),
  );
}

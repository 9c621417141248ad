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

/** The strategies compared. `image` gives the Markdown of a plot by its name. */
export function strategiesSection(result: StrategiesResult, image: (name: string) => string): string {
  const { users, stock, seconds, entrants, targets } = result;
  const shown = shownEntrants(entrants);
  const rounds = Math.max(...entrants.map((entrant) => entrant.rounds.length));
  const stories = shown.map(({ medians }) => medians.story);
  const latest = (of: (story: (typeof stories)[number]) => number | undefined): string =>
    figure(stories.length === 0 ? null : Math.max(...stories.map((story) => of(story) ?? 0)));
  return blocks(
    '## Strategies',
    `The original project's phases, and what there is of them here:`,
    phasesTable(),
    `Each strategy, the control and ${code(twin.strategy)} a second time have the same three loads, in turns, each on a ` +
      `fresh event, when nothing of the one before is left to do. Figures are medians over the rounds (${rounds}).`,
    `- **The story**: ${figure(users)} users, ${figure(stock)} coupons. When each user clicks is planned ahead, most within ` +
      `the first second, a twentieth of them before the opening and a twentieth twice, whatever the answers; "busy" is ` +
      `asked again as a client does. Latency counts from the moment when a call was due.\n` +
      `- **Winners only**: stock above the users, ${seconds} s of \`wrk -t1 -c64\`, which is 64 VUsers.\n` +
      `- **Refusals only**: all is sold, ${seconds} s of the same.`,
    targetTable(targets),
    '### The original table',
    `The story. TPS are answers with an outcome, and the crowd asks no faster than its plan: what a strategy could do is ` +
      `in the tables of winners and refusals. Failed is what had no outcome: busy, and all errors.`,
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
    'Latencies are those of all answers, "busy" ones included.',
    winnersTable(shown),
    'What a claim costs that is in MySQL, load and drain together:',
    winnersCostTable(shown),
    '### Refusals only',
    refusalsTable(shown),
    "What a refusal costs. Queries are those of the API by MySQL's own counters:",
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
  cpuUsPerClaim: 'CPU us a claim, winners only',
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
    `One strategy under two names: ${code(twin.strategy)} came to ${rates(one)}, ${code(twin.name)} to ${rates(other)}. ` +
      `A difference of two strategies that is not greater than these means nothing.`,
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
    `Every story is proven from the clients' answers, Redis and MySQL (exact, stored, on time, fair) as \`npm run ` +
      `flash-sale\` does it; the figures of a strategy of which one broke a promise are not shown.`,
    ...(example === undefined ? [] : [`The control is there to fail, and was caught: ${example}.`]),
    ...(withheld.length === 0 ? [] : [`Not shown, and why:\n\n${withheld.join('\n')}`]),
  );
}

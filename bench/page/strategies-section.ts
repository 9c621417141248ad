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
    `The phases of the original project, with their strategies here:`,
    phasesTable(),
    `Every strategy and the control ${code('unsafe')} run under the same three loads, in turns; ` +
      `${code(twin.strategy)} runs twice, to show the noise. Each load has a new event and starts ` +
      `when the system has finished the work of the previous load. Figures are medians of ${rounds} rounds.`,
    `- **The sale**: ${figure(users)} users, ${figure(stock)} coupons. The time of every click is planned ahead and does ` +
      `not depend on the answers: most users click within the first second, a twentieth before the opening, and a ` +
      `twentieth twice. After a "busy" answer users try again, as a real client would. Latency counts from the time when ` +
      `a call was due.\n` +
      `- **Winners only**: an event with more coupons than users, ${seconds} s of \`wrk -t1 -c64\`, which is 64 VUsers.\n` +
      `- **Refusals only**: a sold-out event, ${seconds} s of \`wrk -t1 -c64\`.`,
    targetTable(targets),
    '### The original table',
    `This is the table of the original project, with the figures of the sale. TPS counts answers with an outcome. The crowd ` +
      `calls no faster than planned; the tables of winners and refusals show the limits of each strategy. The fail ` +
      `rate counts answers without an outcome: "busy" and all errors.`,
    originalTable(shown),
    image('strategies-rates'),
    '### The sale',
    image('strategies-sale'),
    image('strategies-latency'),
    storyLatencyTable(shown),
    storyOutcomeTable(shown),
    `Each latency includes two delays of the load generator: a call may start later than planned (p99 at most ` +
      `${latest(({ lateness }) => lateness?.p99Ms)} ms), and it may wait for a free connection (p99 at most ` +
      `${latest(({ connectionWait }) => connectionWait?.p99Ms)} ms).`,
    '### Winners only',
    'Latencies cover all answers, including "busy".',
    winnersTable(shown),
    'The cost per claim stored in MySQL, over the load and the drain together:',
    winnersCostTable(shown),
    '### Refusals only',
    refusalsTable(shown),
    "The cost per refusal, with the API's queries according to MySQL's counters:",
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
  storyTps: 'average TPS of the sale',
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
    `The same strategy ran under two names: ${code(twin.strategy)} reached ${rates(one)}, and ${code(twin.name)} reached ` +
      `${rates(other)}. If two strategies differ by no more than the table shows, the difference means nothing.`,
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
    `After every sale, the clients' answers, Redis and MySQL are compared to check that the sale was correct, stored, on time ` +
      `and fair, as \`npm run flash-sale\` does. If a sale broke one of these promises, its strategy's figures are not shown.`,
    ...(example === undefined ? [] : [`The control breaks the promises on purpose, and was caught: ${example}.`]),
    ...(withheld.length === 0 ? [] : [`These figures are not shown, for these reasons:\n\n${withheld.join('\n')}`]),
  );
}

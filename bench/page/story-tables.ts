import { processNames } from '../meters/cpu-times.ts';
import type { ShownEntrant } from '../strategies/shown-entrants.ts';
import type { StoryFigures } from '../strategies/story-figures.ts';
import { code, figure, percent, table } from './markdown.ts';
import { processTitles } from './process-titles.ts';

const groups = {
  winners: 'winners',
  refusedBefore: 'refused, asked before the sell-out',
  refusedAfter: 'refused, asked after the sell-out',
  busy: 'busy',
} as const satisfies Partial<Record<keyof StoryFigures['latency'], string>>;

/** Latencies in the sale by kind of answer. Each latency counts from the time when the call was due. */
export const storyLatencyTable = (entrants: readonly ShownEntrant[]): string =>
  table(
    ['strategy', 'answers', 'number', 'average ms', 'min', 'p50', 'p95', 'p99', 'max'],
    entrants.flatMap(({ name, medians: { story } }) =>
      (Object.keys(groups) as (keyof typeof groups)[]).flatMap((group) => {
        const latency = story.latency[group];
        if (latency === null) return [];
        const { count, averageMs, minMs, p50Ms, p95Ms, p99Ms, maxMs } = latency;
        return [[code(name), groups[group], ...[count, averageMs, minMs, p50Ms, p95Ms, p99Ms, maxMs].map(figure)]];
      }),
    ),
    2,
  );

/** Outcomes of the sale's crowd, and their cost. */
export const storyOutcomeTable = (entrants: readonly ShownEntrant[]): string =>
  table(
    [
      'strategy',
      'calls',
      'issued',
      'busy',
      'failures',
      'users without an outcome',
      'sold out after ms',
      'all decided after ms',
      'coupons to the users who asked first',
      ...processNames.map((process) => `${processTitles[process]} CPU ms`),
      'MySQL queries per call',
      'Redis commands per call',
    ],
    entrants.map(({ name, medians: { story } }) => [
      code(name),
      figure(story.calls),
      figure(story.issued),
      figure(story.busy),
      figure(story.failures),
      figure(story.undecidedUsers),
      figure(story.soldOutAfterMs),
      figure(story.allDecidedAfterMs),
      percent(story.toTheFirst),
      ...processNames.map((process) => figure(story.cpuMs[process])),
      figure(story.mysqlQueriesPerCall),
      figure(story.redisCommandsPerCall),
    ]),
  );

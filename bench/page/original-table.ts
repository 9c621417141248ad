import type { ShownEntrant } from '../strategies/shown-entrants.ts';
import { code, figure, percent, table } from './markdown.ts';
import { strategyNotes } from './strategy-notes.ts';

const notes = new Map(Object.entries(strategyNotes));

/** Makes a table with the original project's columns and the figures of our own sale. */
export const originalTable = (entrants: readonly ShownEntrant[]): string =>
  table(
    [
      'strategy',
      'pain point',
      'VUser',
      'average TPS',
      'maximum TPS',
      'average latency ms',
      'minimum latency ms',
      'fail rate',
    ],
    entrants.map(({ name, medians: { story } }) => [
      code(name),
      notes.get(name)?.painPoint ?? 'a control that issues serials twice',
      figure(story.users),
      figure(story.averageTps),
      figure(story.maximumTps),
      figure(story.latency.decided?.averageMs),
      figure(story.latency.decided?.minMs),
      percent(story.failRate),
    ]),
    2,
  );

import type { PagesResult } from '../pages/pages-bench.ts';
import { median } from '../results/target.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

/** Shows how soon the event page is usable on a slow phone, and how much load open pages cause. */
export function pagesSection({ loadAverage, coldStarts, slowness, pages, costs, targets }: PagesResult): string {
  const { cpu, network } = slowness;
  const row = (name: string, values: number[], digits = 0): string[] => [
    name,
    ...[Math.min(...values), median(values), Math.max(...values)].map((value) => figure(Number(value.toFixed(digits)))),
  ];
  return blocks(
    '## The event page',
    `Chromium visits an open event ${coldStarts.length} times with an empty cache, as a phone: ${cpu} times slower CPU, ` +
      `${network.latency} ms for each request, ${((network.downloadThroughput * 8) / 1e6).toFixed(1)} Mbit/s ("Fast 4G"). ` +
      `Usable means that the claim button is enabled and drawn. The machine's load average was ${loadAverage.toFixed(1)} ` +
      `before.`,
    targetTable(targets),
    table(
      ['', 'best', 'median', 'worst'],
      [
        row(
          'first paint, ms',
          coldStarts.map(({ firstPaintMs }) => firstPaintMs),
        ),
        row(
          'usable, ms',
          coldStarts.map(({ usableMs }) => usableMs),
        ),
        row(
          'code after the answer, ms',
          coldStarts.map(({ codeMs }) => codeMs),
        ),
        row(
          'layout shift until usable',
          coldStarts.map(({ layoutShift }) => layoutShift),
          3,
        ),
        row(
          'kB until usable',
          coldStarts.map(({ bytes }) => bytes / 1_000),
        ),
      ],
    ),
    `${pages.toLocaleString('en')} simulated pages are open on a running sale and poll as often as the real page does. A ` +
      `bare event has none of the fields that only the page shows.`,
    table(
      ['event', 'answers/s', 'bytes per answer', 'CPU us per answer', 'share of a core', 'failed'],
      costs.map(({ event, seconds, answers, failures, bytes, cpuUs }) => [
        event,
        figure(Math.round(answers / seconds)),
        figure(bytes),
        figure(Math.round(cpuUs / answers)),
        `${Math.round((100 * cpuUs) / (seconds * 1e6))}%`,
        figure(failures),
      ]),
    ),
  );
}

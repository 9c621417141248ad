import type { SaleWindow } from '../reconcile/beside-sale.ts';
import type { CommandRun } from '../reconcile/command-run.ts';
import { shareOf, type ReconcileResult } from '../reconcile/reconcile-bench.ts';
import { blocks, figure, percent, table, targetTable } from './markdown.ts';

const ofApi = ['peak resident size of the API, MB', 'CPU of the API, s'];
/** Dashes for results from before the API did the work. */
const figuresOfApi = (api: CommandRun['api'] | undefined): string[] => [
  figure(api && Math.round(api.peakRssBytes / 1e6)),
  figure(api?.cpuSeconds),
];

/** False for stored results from before the API did the work. */
const hasApi = (run: { api?: CommandRun['api'] }): boolean => run.api !== undefined;
const beforeTheApi =
  'In these results, the API did not do the work yet. The command opened the stores itself, so its figures cover all of ' +
  'the work, and the claims compared beside the sale were not counted.';

/** Shows how long a reconcile takes, and how much it slows down a sale beside it. */
export function reconcileSection(result: ReconcileResult): string {
  const { claims, runs, longestCommandMs, commandsOver2Ms, exports, claimsBeside, windowSeconds, pairs } = result;
  const { calibratedPerSecond, resetMs, targets } = result;
  const window = ({ acceptedPerSecond, latency, failures }: SaleWindow): string[] => [
    figure(Math.round(acceptedPerSecond)),
    figure(latency?.p50Ms),
    figure(latency?.p99Ms),
    figure(failures),
  ];
  return blocks(
    '## Reconcile',
    targetTable(targets),
    ...(runs.some(hasApi) ? [] : [beforeTheApi]),
    `\`coupon-admin reconcile\` of a round of ${figure(claims)} claims without other load, from the start of its process ` +
      `to its end. The API does the work. The longest Redis command that it caused took ${figure(longestCommandMs)} ms of ` +
      `wall-clock time, and ${figure(commandsOver2Ms)} took more than 2 ms, because Redis waits for one of two cores that ` +
      `MySQL and the reconcile also use. Pages of 250 claims instead of 500 did not shorten it (4.8 ms in a run of 26 Nov).`,
    table(
      [
        'run',
        'seconds',
        'peak resident size, MB',
        'CPU of the command, s',
        ...ofApi,
        'CPU of Redis, s',
        'CPU of MySQL, s',
      ],
      runs.map(({ seconds, cpuSeconds, peakRssBytes, api, redisCpuSeconds, mysqlCpuSeconds }, i) => [
        String(i + 1),
        figure(seconds),
        figure(Math.round(peakRssBytes / 1e6)),
        figure(cpuSeconds),
        ...figuresOfApi(api),
        figure(redisCpuSeconds),
        figure(mysqlCpuSeconds),
      ]),
    ),
    `\`coupon-admin claims export\` to a pipe, as CSV:`,
    table(
      ['claims', 'seconds', 'peak resident size, MB', 'CPU of the command, s', ...ofApi],
      exports.map((run) => [
        figure(run.claims),
        figure(run.seconds),
        figure(Math.round(run.peakRssBytes / 1e6)),
        figure(run.cpuSeconds),
        ...figuresOfApi(run.api),
      ]),
    ),
    `\`admin.event.reset\` of the round with ${figure(claims)} winners took ${figure(resetMs)} ms.`,
    `Beside a sale: the machine accepts ${figure(Math.round(calibratedPerSecond))} claims/s from 64 callers who ask ` +
      `again as soon as they are answered. Each window of ${windowSeconds} s asks for half of that, evenly, whatever the ` +
      `answers. Windows come in pairs, one alone and one beside reconciles of another event of ${figure(claimsBeside)} ` +
      `claims, which run one after the other. The end of the window cuts off the last reconcile, so the claims compared ` +
      `show how much was done. Latency counts from when a call was due.`,
    table(
      [
        'pair',
        'alone: accepted/s',
        'p50 ms',
        'p99 ms',
        'failures',
        'beside: accepted/s',
        'p50 ms',
        'p99 ms',
        'failures',
        'reconciling: claims compared',
        'finished',
        'share',
      ],
      pairs.map((pair, i) => [
        String(i + 1),
        ...window(pair.alone),
        ...window(pair.beside),
        figure(pair.beside.reconciling?.compared),
        figure(pair.beside.reconciling?.ended),
        percent(shareOf(pair)),
      ]),
    ),
  );
}

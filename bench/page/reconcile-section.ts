import type { SaleWindow } from '../reconcile/beside-sale.ts';
import type { CommandRun } from '../reconcile/command-run.ts';
import { shareOf, type ReconcileResult } from '../reconcile/reconcile-bench.ts';
import { blocks, figure, percent, table, targetTable } from './markdown.ts';

const ofApi = ['resident at most in the API, MB', 'CPU of the API, s'];
/** Results from before the API did the work have none. */
const figuresOfApi = (api: CommandRun['api'] | undefined): string[] => [
  figure(api && Math.round(api.peakRssBytes / 1e6)),
  figure(api?.cpuSeconds),
];

/** Stored results may be from before the API did the work. */
const hasApi = (run: { api?: CommandRun['api'] }): boolean => run.api !== undefined;
const beforeTheApi =
  'These results are from before the API did the work: the command opened the stores itself, so what it took is its own, ' +
  'and how many claims were compared beside the sale was not counted.';

/** How long a reconcile takes, and what it takes from a sale beside it. */
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
    `\`coupon-admin reconcile\` of a round of ${figure(claims)} claims, with nothing beside it, from the start of its ` +
      `process to its end; the API does the work. The longest command that it had Redis run took ${figure(longestCommandMs)} ms by the clock on the ` +
      `wall, and ${figure(commandsOver2Ms)} were longer than 2 ms: Redis waits for one of two cores, which MySQL and the ` +
      `reconcile use too. Pages of 250 instead of 500 claims did not shorten it (4.8 ms in a run of 26 Nov).`,
    table(
      ['run', 'seconds', 'resident at most, MB', 'its CPU, s', ...ofApi, 'CPU of Redis, s', 'CPU of MySQL, s'],
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
      ['claims', 'seconds', 'resident at most, MB', 'its CPU, s', ...ofApi],
      exports.map((run) => [
        figure(run.claims),
        figure(run.seconds),
        figure(Math.round(run.peakRssBytes / 1e6)),
        figure(run.cpuSeconds),
        ...figuresOfApi(run.api),
      ]),
    ),
    `\`admin.event.reset\` of the round of ${figure(claims)} winners was answered in ${figure(resetMs)} ms.`,
    `Beside a sale: the machine accepts ${figure(Math.round(calibratedPerSecond))} claims/s from 64 callers who ask as ` +
      `fast as they are answered, and each window of ${windowSeconds} s asks for half of that, evenly, whatever the ` +
      `answers. In pairs, without and with reconciles of another event of ${figure(claimsBeside)} claims, one after the ` +
      `other: each window ends the one that is under way, and the claims compared say how much was done. Latency counts from ` +
      `when a call was due.`,
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
        'ended',
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

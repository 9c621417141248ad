import type { SaleWindow } from '../reconcile/beside-sale.ts';
import type { CommandRun } from '../reconcile/command-run.ts';
import { shareOf, type ReconcileResult } from '../reconcile/reconcile-bench.ts';
import { blocks, figure, percent, table, targetTable } from './markdown.ts';

const ofApi = ['peak resident size of the API, MB', 'CPU of the API, s'];
/** Shows dashes for results of earlier versions, in which the command did the API's work itself. */
const figuresOfApi = (api: CommandRun['api'] | undefined): string[] => [
  figure(api && Math.round(api.peakRssBytes / 1e6)),
  figure(api?.cpuSeconds),
];

/** False for results of earlier versions. */
const hasApi = (run: { api?: CommandRun['api'] }): boolean => run.api !== undefined;
const beforeTheApi =
  "These results are from a version in which the command did the API's work, with direct access to the stores. So the " +
  "command's figures include that work. That version did not count the claims compared during the sale.";

/** Shows how long a reconcile takes, and how much it slows down a sale. */
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
    `The table shows \`coupon-admin reconcile\` of a round of ${figure(claims)} claims without other load, from the start ` +
      `of its process to its end. ${runs.some(hasApi) ? 'The API does the work. ' : ''}The longest Redis command that it ` +
      `caused took ${figure(longestCommandMs)} ms of wall-clock time, and ${figure(commandsOver2Ms)} commands took more ` +
      `than 2 ms, because Redis has to wait for one of the two cores that MySQL and the reconcile also use. With pages of ` +
      `250 claims instead of 500 the longest command did not become shorter (4.8 ms in a run of 26 November).`,
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
    `A reconcile during a sale: the machine accepts ${figure(Math.round(calibratedPerSecond))} claims/s from 64 callers ` +
      `who ask again as soon as they are answered. In each window of ${windowSeconds} s, calls come at half of that rate, ` +
      `evenly spaced and independent of the answers. Windows come in pairs: in one the sale runs alone, in the other ` +
      `reconciles of a different event of ${figure(claimsBeside)} claims run beside it, one after the other. The end of ` +
      `the window cuts off the last reconcile, so the number of claims compared shows how much was done. Latency counts ` +
      `from the time at which a call was due.`,
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
        "the sale's rate with reconciles, as a share of its rate alone",
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

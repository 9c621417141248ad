import { summarise, type CellSummary, type MedianAndWorst } from './summary.ts';
import type { RunResult } from './run-result.ts';

const header = [
  'topology',
  'acks',
  'fault',
  'runs',
  'winners',
  'lost',
  'lost',
  'twice',
  'stopped',
  'unavailable ms',
  'MySQL down',
];
const second = ['', '', '', '', '', 'said', 'silent', '', 'runs', 'median/worst', 'median/worst'];

/** Formats the results for people. */
export function reportRuns(runs: readonly RunResult[]): string {
  const rows = summarise(runs.filter(({ cell }) => cell.fault !== 'none')).map(rowOf);
  const all = [header, second, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row) =>
    row
      .map((text, column) => (column < 3 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  const rates = summarise(runs.filter(({ cell }) => cell.fault === 'none')).map(
    ({ cell, rate }) =>
      `Without a fault, ${cell.topology}, acks ${cell.acks}: ${rate.perSecond} accepted/s, p99 ${rate.p99Ms} ms (median of the runs)`,
  );
  const broken = runs.flatMap(({ cell, seed, broken: problems }) =>
    problems.map((problem) => `  ${cell.topology}, acks ${cell.acks}, ${cell.fault}, seed ${seed}: ${problem}`),
  );
  return [
    ...lines,
    '',
    ...rates,
    ...(broken.length === 0 ? ['All promises held.'] : ['Promises were broken:', ...broken]),
    '',
  ].join('\n');
}

const rowOf = (row: CellSummary): string[] => [
  row.cell.topology,
  String(row.cell.acks),
  row.cell.fault,
  String(row.runs),
  String(row.told),
  String(row.lostSaid),
  String(row.lostSilently),
  String(row.twice),
  String(row.stopped),
  times(row.unavailable.mysqlUp),
  times(row.unavailable.mysqlStopped),
];

const times = (of: MedianAndWorst | null): string => (of === null ? '-' : `${of.medianMs}/${of.worstMs}`);

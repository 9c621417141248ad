import type { LimitsResult } from '../limits/limits-bench.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

/** Shows how users are served while somebody calls far too often, with the limits on and off. */
export function limitsSection({ users, seconds, attackerConnections, runs, targets }: LimitsResult): string {
  const ms = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(1));
  return blocks(
    '## Limits',
    `${users.toLocaleString('en')} users claim once each, spread over ${seconds} s. The attacker repeats claims with one ` +
      `token on ${attackerConnections} connections, without waiting: single, in batches of ten, under an odd URL, and over ` +
      `REST. A latency is the time from a user's first call to the decision. Without limits the attacker's calls are ` +
      `decided like any other.`,
    targetTable(targets),
    table(
      [
        'limits',
        'attacker',
        'p50 ms',
        'p99 ms',
        'max ms',
        'undecided',
        "attacker's calls/s",
        'of them limited',
        'API CPU',
      ],
      runs.map(({ limits, attacker, latency, undecided, apiCpuShare }) => [
        limits,
        attacker === null ? 'no' : 'yes',
        ms(latency?.p50Ms),
        ms(latency?.p99Ms),
        ms(latency?.maxMs),
        figure(undecided),
        attacker === null ? '-' : figure(Math.round(attacker.calls / (seconds + 2))),
        attacker === null ? '-' : `${Math.round((100 * attacker.limited) / Math.max(1, attacker.calls))}%`,
        `${Math.round(100 * apiCpuShare)}%`,
      ]),
    ),
  );
}

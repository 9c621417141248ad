import type { ClaimsResult } from '../claims/claims-bench.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

/** The hot lane beside a bare server and beside stock tRPC. */
export function claimsSection({ medians, targets, rounds, seconds }: ClaimsResult): string {
  const show = (name: string): string => figure(medians[name]);
  const row = (label: string, name: string): string[] => [
    label,
    show(`${name}UserUsPerClaim`),
    show(`${name}SystemUsPerClaim`),
    show(`${name}CpuUsPerClaim`),
  ];
  return blocks(
    '## Claims: the ceiling',
    `Distinct users, each token seen for the first time, stock larger than the load, \`redis-stream\`, one API process, ` +
      `worker and MySQL running. Medians of ${rounds.length} rounds of ${seconds} s, each followed by the wait until ` +
      `MySQL has all.`,
    targetTable(targets),
    table(
      ['', 'per second', 'p50 ms', 'p99 ms'],
      [
        ['bare `node:http`, a constant', show('barePerSecond'), '', ''],
        ['bare `node:http`, sent the same POSTs', show('barePostPerSecond'), '', ''],
        ['stock tRPC on Express, accepted', show('stockAcceptedPerSecond'), show('stockP50Ms'), show('stockP99Ms')],
        ['hot lane, accepted', show('acceptedPerSecond'), show('p50Ms'), show('p99Ms')],
        ['hot lane, persisted (load and drain)', show('persistedPerSecond'), '', ''],
      ],
    ),
    `MySQL had all ${show('drainMs')} ms after the load. ${show('claimsPerBatch')} claims went to Redis together.`,
    'CPU us for each claim that is in MySQL, load and drain together:',
    table(
      ['', 'user', 'system', 'both'],
      [row('API', 'api'), row('worker', 'worker'), row('Redis', 'redis'), row('MySQL', 'mysql')],
    ),
    `Together ${show('cpuUsPerClaim')} us; through stock tRPC on Express ${show('stockCpuUsPerClaim')} us.`,
  );
}

import type { ClaimsResult } from '../claims/claims-bench.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

/** Compares the hot lane with a bare server and with tRPC's own Express adapter. */
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
    `Every claim comes from a different user, with a token that the API has not seen before, and there are more coupons than ` +
      `claims. Strategy \`redis-stream\`, one API process, worker and MySQL running. Medians of ${rounds.length} rounds of ` +
      `${seconds} s; after each load, the bench waits until MySQL has every claim.`,
    targetTable(targets),
    table(
      ['', 'per second', 'p50 ms', 'p99 ms'],
      [
        ['bare `node:http`, answering a constant', show('barePerSecond'), '', ''],
        ['bare `node:http`, receiving the same POSTs', show('barePostPerSecond'), '', ''],
        ['stock tRPC on Express, accepted', show('stockAcceptedPerSecond'), show('stockP50Ms'), show('stockP99Ms')],
        ['hot lane, accepted', show('acceptedPerSecond'), show('p50Ms'), show('p99Ms')],
        // Results from earlier versions have no REST row, because those versions had no REST.
        ...(medians['restToTrpc'] === undefined
          ? []
          : [['hot lane over REST, accepted', show('restAcceptedPerSecond'), show('restP50Ms'), show('restP99Ms')]]),
        ['hot lane, persisted (load and drain)', show('persistedPerSecond'), '', ''],
      ],
    ),
    `MySQL had every claim ${show('drainMs')} ms after the load ended. Batches that the API sent to Redis averaged ` +
      `${show('claimsPerBatch')} claims.`,
    'CPU time per claim stored in MySQL, in us, over the load and the drain together:',
    table(
      ['', 'user', 'system', 'total'],
      [row('API', 'api'), row('worker', 'worker'), row('Redis', 'redis'), row('MySQL', 'mysql')],
    ),
    `In total this is ${show('cpuUsPerClaim')} us per claim; through stock tRPC on Express it is ` +
      `${show('stockCpuUsPerClaim')} us.`,
  );
}

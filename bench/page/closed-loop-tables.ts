import { processNames } from '../meters/cpu-times.ts';
import type { ClosedLoop } from '../strategies/closed-loop.ts';
import type { ShownEntrant } from '../strategies/shown-entrants.ts';
import { code, figure, table } from './markdown.ts';
import { processTitles } from './process-titles.ts';

const loopHead = ['maximum TPS', 'average ms', 'min', 'p50', 'p95', 'p99', 'max', 'busy', 'failures'];

function loopCells({ maximumTps, latency, busy, failures }: ClosedLoop): string[] {
  const times = [latency?.averageMs, latency?.minMs, latency?.p50Ms, latency?.p95Ms, latency?.p99Ms, latency?.maxMs];
  return [maximumTps, ...times, busy, failures].map(figure);
}

const cpuHead = [...processNames.map((process) => `${processTitles[process]} CPU us`), 'total'];

export const winnersTable = (entrants: readonly ShownEntrant[]): string =>
  table(
    ['strategy', 'accepted/s', 'persisted/s', ...loopHead],
    entrants.map(({ name, medians: { winners } }) => [
      code(name),
      figure(winners.perSecond),
      figure(winners.persistedPerSecond),
      ...loopCells(winners),
    ]),
  );

/** The costs per claim that MySQL stored. */
export const winnersCostTable = (entrants: readonly ShownEntrant[]): string =>
  table(
    ['strategy', ...cpuHead, "the API's MySQL queries", "the worker's", 'Redis commands'],
    entrants.map(({ name, medians: { winners } }) => [
      code(name),
      ...processNames.map((process) => figure(winners.cpuUsPerClaim[process])),
      figure(winners.cpuUsPerClaimTotal),
      figure(winners.mysqlQueriesPerClaim?.api),
      figure(winners.mysqlQueriesPerClaim?.worker),
      figure(winners.redisCommandsPerClaim),
    ]),
  );

export const refusalsTable = (entrants: readonly ShownEntrant[]): string =>
  table(
    ['strategy', 'refused/s', ...loopHead],
    entrants.map(({ name, medians: { refusals } }) => [code(name), figure(refusals.perSecond), ...loopCells(refusals)]),
  );

export const refusalsCostTable = (entrants: readonly ShownEntrant[]): string =>
  table(
    ['strategy', ...cpuHead, 'MySQL queries in total', 'MySQL queries per refusal', 'Redis commands'],
    entrants.map(({ name, medians: { refusals } }) => [
      code(name),
      ...processNames.map((process) => figure(refusals.cpuUsPerRefusal[process])),
      figure(refusals.cpuUsPerRefusalTotal),
      figure(refusals.mysqlQueries),
      figure(refusals.mysqlQueriesPerRefusal),
      figure(refusals.redisCommandsPerRefusal),
    ]),
  );

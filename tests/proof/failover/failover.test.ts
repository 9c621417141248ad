import { inject, describe, expect, it, vi } from 'vitest';
import type { FaultName } from '../../../proof/failover/faults/fault.ts';
import { namespacesAreAllowed } from '../../../proof/failover/network/namespaces.ts';
import { failoverCommand } from '../../../proof/failover/options.ts';
import type { RunResult } from '../../../proof/failover/results/run-result.ts';
import { summarise } from '../../../proof/failover/results/summary.ts';
import { runOn } from '../../../proof/failover/run.ts';
import type { TopologyName } from '../../../proof/failover/servers/topology.ts';
import { startMySql } from '../../../proof/failover/system/mysql.ts';
import { openStage, type StageOptions } from '../../../proof/failover/system/stage.ts';
import { makeTestDir } from '../../support/run-dir.ts';

vi.setConfig({ testTimeout: 240_000 });

/** The short form of `npm run failover`: one seed per fault, on servers that several faults share. */
async function runShort(
  options: Pick<StageOptions, 'topology' | 'acks' | 'fault' | 'unfenced'>,
  faults: FaultName[],
): Promise<RunResult[]> {
  const dir = makeTestDir(inject('runDir'), `failover-${options.topology}`);
  await using mysql = await startMySql(dir);
  await using stage = await openStage({ ...options, mysql, dir });
  const results: RunResult[] = [];
  for (const [nth, fault] of faults.entries()) {
    results.push(
      await runOn(stage, {
        ...{ fault, seed: nth, usersPerEvent: 60, events: 2, overMs: 4_000, mysqlStopped: nth % 2 === 1 },
        signal: new AbortController().signal,
      }),
    );
  }
  return results;
}

const problemsOf = (results: RunResult[]): string[] =>
  results.flatMap(({ cell, broken }) => broken.map((problem) => `${cell.fault}: ${problem}`));

describe('a sale keeps every promise to its users through a Redis failure', () => {
  const network: FaultName[] = namespacesAreAllowed() ? ['partition'] : [];
  it.each<[string, TopologyName, number, FaultName[]]>([
    ['with Sentinels, without acknowledgements', 'sentinel', 0, ['kill', 'stale-promotion', 'manual', 'wiped-restart']],
    ['with Sentinels and one acknowledgement', 'sentinel', 1, ['freeze', ...network, 'ping-pong']],
    ['as a cluster', 'cluster', 0, ['kill']],
  ])('%s', async (_, topology, acks, faults) => {
    const fault = faults.includes('ping-pong') ? { fault: 'ping-pong' as const } : {};
    expect(problemsOf(await runShort({ topology, acks, ...fault }, faults))).toEqual([]);
  });
});

it('a stale promotion without fencing loses claims, and the runs’ checker reports the loss', async () => {
  const [control] = await runShort({ topology: 'sentinel', acks: 0, unfenced: true }, ['stale-promotion']);
  expect(control?.broken.join('\n')).toMatch(/lost silently[^]*given to two users/);
});

it('the command runs every combination that exists, and refuses a fault that is impossible in its topology', () => {
  const { cells } = failoverCommand.parse(['--topology', 'all', '--fault', 'kill,slot-migration', '--acks', '0,1']);
  expect(cells.map(({ topology, acks, fault }) => `${topology} ${acks} ${fault}`)).toEqual([
    'standalone 0 kill',
    'sentinel 0 kill',
    'sentinel 1 kill',
    'cluster 0 kill',
    'cluster 1 kill',
    'cluster 0 slot-migration',
    'cluster 1 slot-migration',
  ]);
  expect(() => failoverCommand.parse(['--topology', 'standalone', '--fault', 'manual'])).toThrow(
    /manual needs sentinel or cluster/,
  );
});

it('a summary counts stopped events separately from events that continued by themselves', () => {
  const event = {
    ...{ eventId: 'ev', hit: true, stopped: false, advice: [], then: null, asked: 10, told: 8, lostSaid: 0 },
    ...{ lostSilently: 0, restored: 0, refusals: [], serialToldTwice: 0, userWithTwoCodes: 0, firstDecidedAfterMs: 1 },
    ...{ unavailableMs: 3_000, undecidedAnswers: 0, neverAnswered: 0, findings: [] },
  };
  const run: RunResult = {
    ...{ cell: { topology: 'sentinel', acks: 0, fault: 'kill' }, seed: 1, mysqlStopped: false, unfenced: false },
    fault: { atMs: 0, tookMs: 1, target: 'redis1', promoted: 'redis2', facts: {}, before: [], after: [] },
    events: [
      event,
      { ...event, unavailableMs: 5_000 },
      { ...event, stopped: true, lostSaid: 3, unavailableMs: 20_000 },
    ],
    ...{ network: 'namespaces', broken: [], seconds: 1, rate: { accepted: 8, perSecond: 40, p50Ms: 2, p99Ms: 9 } },
  };
  expect(summarise([run, { ...run, mysqlStopped: true, events: [{ ...event, hit: false }] }])).toEqual([
    {
      cell: run.cell,
      ...{ runs: 2, stopped: 1, told: 32, lostSaid: 3, lostSilently: 0, restored: 0, twice: 0, broken: 0 },
      unavailable: { mysqlUp: { medianMs: 3_000, worstMs: 5_000 }, mysqlStopped: null },
      rate: { perSecond: 40, p99Ms: 9 },
    },
  ]);
});

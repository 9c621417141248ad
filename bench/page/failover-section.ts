import { faultNames } from '../../proof/failover/faults/fault.ts';
import type { FailoverSession } from '../../proof/failover/results/store.ts';
import { summarise, type CellSummary, type MedianAndWorst } from '../../proof/failover/results/summary.ts';
import { topologyNames } from '../../proof/failover/servers/topology.ts';
import { blocks, code, figure, table } from './markdown.ts';

/** Shows what failovers in the middle of sales lost, and for how long the sales stood still. */
export function failoverSection(name: string, sessions: FailoverSession[]): string {
  const runs = sessions.flatMap((session) => session.runs);
  const controls = sessions.flatMap((session) => session.control);
  const cells = summarise(runs).toSorted((a, b) => placeOf(a) - placeOf(b) || a.cell.acks - b.cell.acks);
  const faults = cells.filter(({ cell }) => cell.fault !== 'none');
  const rates = cells.filter(({ cell }) => cell.fault === 'none');
  return blocks(
    '## Failover',
    settingOf(name, sessions),
    '`npm run failover` makes the Redis primary fail in the middle of three sales; [Failover](../failover.md) explains ' +
      'the columns. _Lost, said_: claims that users saw and no store had, of an event that had stopped as `gate_lost`; an operator ' +
      'then restored them for users who showed their codes. _Lost, silent_ must be 0, and so must _twice_ (serials that two users saw, and ' +
      'users who saw two codes). _Unavailable_ is the longest time without a decided answer after the fault, of the events ' +
      'that went on by themselves: median / worst.',
    table(
      [
        'topology',
        'fault',
        'acks',
        'runs',
        'winners',
        'lost, said',
        'lost, silent',
        'twice',
        'runs that stopped',
        'unavailable, s',
        'with MySQL stopped, s',
      ],
      faults.map(rowOf),
      2,
    ),
    ...controls.map(
      ({ cell, events }) =>
        `The control of the topology ${cell.topology} (a stale promotion, no acknowledgements, fencing switched off) lost ` +
        `${figure(events.reduce((sum, event) => sum + event.lostSilently, 0))} claims silently, and gave ` +
        `${figure(events.reduce((sum, event) => sum + event.serialToldTwice, 0))} serials to two users, as it must.`,
    ),
    ...(rates.length === 0
      ? []
      : [
          'Without a fault, with all users at once (medians of the runs; compare only these rows with each other):',
          table(
            ['topology', 'acks', 'runs', 'accepted/s', 'p99 ms'],
            rates.map(({ cell, runs: count, rate }) => [
              cell.topology,
              String(cell.acks),
              figure(count),
              figure(rate.perSecond),
              figure(rate.p99Ms),
            ]),
          ),
        ]),
  );
}

/** Sorts rows as the command's help does: by topology, then by fault. */
const placeOf = ({ cell }: CellSummary): number =>
  topologyNames.indexOf(cell.topology) * faultNames.length + faultNames.indexOf(cell.fault);

const rowOf = (row: CellSummary): string[] => [
  row.cell.topology,
  row.cell.fault,
  String(row.cell.acks),
  figure(row.runs),
  figure(row.told),
  figure(row.lostSaid),
  figure(row.lostSilently),
  figure(row.twice),
  figure(row.stopped),
  seconds(row.unavailable.mysqlUp),
  seconds(row.unavailable.mysqlStopped),
];

const seconds = (of: MedianAndWorst | null): string =>
  of === null ? '-' : `${(of.medianMs / 1_000).toFixed(1)} / ${(of.worstMs / 1_000).toFixed(1)}`;

function settingOf(name: string, sessions: FailoverSession[]): string {
  const [first] = sessions;
  if (first === undefined) return '';
  const { machine, versions, timeouts } = first.setting;
  const commits = [
    ...new Set(sessions.map(({ setting }) => setting.commit.slice(0, 9) + (setting.modified ? ' (modified)' : ''))),
  ];
  return (
    `[${name}](${name}), commit ${commits.map(code).join(', ')}: ${machine.cpu}, ${machine.cores} cores; Node ${versions.node}, ` +
    `Redis ${versions.redis}, ${versions.mysql}. Sentinel: \`down-after-milliseconds\` ${timeouts.sentinel.downAfterMs}, ` +
    `\`failover-timeout\` ${timeouts.sentinel.failoverTimeoutMs}; cluster: \`cluster-node-timeout\` ${timeouts.cluster.nodeTimeoutMs}.`
  );
}

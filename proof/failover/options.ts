import { npmCommand } from '../../scripts/command/npm-command.ts';
import { jsonOption, listOption, numberBetween } from '../../scripts/command/options.ts';
import { faultNames, type FaultName } from './faults/fault.ts';
import { faults } from './faults/faults.ts';
import type { Cell } from './results/run-result.ts';
import { topologyNames, type TopologyName } from './servers/topology.ts';

export type FailoverOptions = {
  cells: Cell[];
  runs: number;
  seed: number;
  users: number;
  events: number;
  /** Whether processes connect to a single address that leads to the current primary. */
  address: boolean;
  /** Whether to run the control first. */
  control: boolean;
  json: boolean;
  /** Whether to add the results to docs/performance/. */
  store: boolean;
  /** Whether to keep the files and logs of the runs. */
  keep: boolean;
};

type Typed = {
  topology: TopologyName[];
  acks: (typeof acksChoices)[number][];
  fault: FaultName[];
  runs: number;
  seed?: number;
  users: number;
  events: number;
  control: boolean;
  address?: boolean;
  json?: boolean;
  store?: boolean;
  keep?: boolean;
};

const seedMax = 2 ** 31 - 1;
const acksChoices = ['0', '1', '2'] as const;

export const failoverCommand = npmCommand<FailoverOptions>(
  'npm run failover --',
  (command) =>
    command
      .description(
        'Runs sales on real Redis servers (one, with Sentinels, or as a cluster), makes their primary fail, and compares ' +
          'the answers to all users with what the stores have afterwards.',
      )
      .addOption(listOption('--topology <list>', 'which servers', topologyNames).default(['sentinel'], 'sentinel'))
      .addOption(
        listOption(
          '--acks <list>',
          'how many replicas must have a claim before it is answered (REDIS_REPLICA_ACKS)',
          acksChoices,
        ).default(['0'], '0'),
      )
      .addOption(listOption('--fault <list>', 'what happens to the primary', faultNames).default(['kill'], 'kill'))
      .option('--runs <n>', 'runs of each combination', numberBetween(1, 1_000), 5)
      .option(
        '--seed <n>',
        'the seed of the first run of each combination; each later run adds 1 (default: random)',
        numberBetween(0, seedMax),
      )
      .option('--users <n>', 'users who claim, for each event', numberBetween(10, 5_000), 300)
      .option('--events <n>', 'events on sale at once', numberBetween(1, 20), 3)
      .option('--address', 'with Sentinels, use one address that follows the primary, as managed services offer')
      .option('--no-control', 'skip the control, which shows that this command can find a loss')
      .option('--store', 'add the results to docs/performance/, and regenerate its page')
      .option('--keep', 'keep the files and logs of all runs')
      .addOption(jsonOption())
      .addHelpText(
        'after',
        `
Faults:
${faultNames.map((name) => `  ${name.padEnd(16)} ${faults[name].summary} (${faults[name].topologies.join(', ')})`).join('\n')}

It starts and removes servers of its own, and needs redis-server and mariadbd (or mysqld). A partition needs network
namespaces: root on Linux, with the commands ip and iptables. MySQL is stopped in every second run.
Exit codes: 0 all promises held, 1 fault (a fault did not happen, or the control showed no loss), 2 usage, 3 a promise
was broken.`,
      ),
  (command) => {
    const { topology, acks, fault, runs, seed, users, events, control, ...flags } = command.opts<Typed>();
    const cells = topology.flatMap((name) =>
      fault
        .filter((each) => faults[each].topologies.includes(name))
        // A single server runs without acknowledgements, because it has no replicas.
        .flatMap((each) =>
          (name === 'standalone' ? ['0'] : acks).map((k) => ({ topology: name, acks: Number(k), fault: each })),
        ),
    );
    if (cells.length === 0) {
      const [first = 'kill'] = fault;
      command.error(
        `--fault ${fault.join(',')} does not apply to --topology ${topology.join(',')}; ${first} needs ${faults[first].topologies.join(' or ')}.`,
      );
    }
    return {
      ...{ cells, runs, users, events, control, seed: seed ?? Math.floor(Math.random() * seedMax) },
      ...{
        address: flags.address ?? false,
        json: flags.json ?? false,
        store: flags.store ?? false,
        keep: flags.keep ?? false,
      },
    };
  },
);

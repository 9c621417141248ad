import type { FaultName } from '../faults/fault.ts';
import { faults } from '../faults/faults.ts';
import { startTopology } from '../servers/start-topology.ts';
import type { Topology, TopologyName } from '../servers/topology.ts';
import { followMaster } from './followed-address.ts';
import type { MySql } from './mysql.ts';
import { startRunSystem, type RunSystem } from './run-system.ts';

export type StageOptions = {
  topology: TopologyName;
  acks: number;
  mysql: MySql;
  /** The folder for the servers' files and the processes' logs. It must exist. */
  dir: string;
  /** The servers get the settings that this fault needs. */
  fault?: FaultName;
  /** Switches fencing off, for the control run. */
  unfenced?: boolean;
  /** Aborting this signal ends the start early, with an error. */
  signal?: AbortSignal;
  /** Whether the processes get one address that leads to the primary, instead of the servers' addresses. */
  address?: boolean;
};

/** Real Redis servers, and a system that uses them. */
export type Stage = AsyncDisposable & {
  readonly topology: Topology;
  readonly system: RunSystem;
  readonly mysql: MySql;
  readonly acks: number;
  readonly unfenced: boolean;
};

let opened = 0;

/** Starts the servers and the processes, on a new database. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { mysql, dir, acks, unfenced = false, signal } = options;
  await using own = new AsyncDisposableStack();
  await mysql.start();
  signal?.throwIfAborted();
  opened += 1;
  const databaseUrl = await mysql.createDatabase(`stage_${process.pid}_${opened}`);
  const settingsOf = options.fault === undefined ? undefined : faults[options.fault].settingsOf;
  const topology = own.use(
    await startTopology(options.topology, { dir, ...(settingsOf !== undefined && { settingsOf }) }),
  );
  signal?.throwIfAborted();
  const address = options.address === true ? own.use(await followMaster(topology)) : null;
  const env = {
    ...(acks > 0 && { REDIS_REPLICA_ACKS: String(acks) }),
    ...(unfenced && { FIRSTCOME_UNFENCED: '1' }),
  };
  const redisUrl = address?.url ?? topology.url;
  const system = own.use(await startRunSystem({ topology, redisUrl, mysql, databaseUrl, dir, env, signal }));
  const closing = own.move();
  return { topology, system, mysql, acks, unfenced, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

import type { BenchApi, BenchSystem } from '../system/bench-system.ts';
import { cpuSpentByEach, readCpuTimes, type CpuTimes } from './cpu-times.ts';
import { difference } from './difference.ts';
import { countMySqlQueries, type MySqlQueries } from './mysql-queries.ts';
import { readRedisCommands, type RedisCommands } from './redis-commands.ts';

/** The cost of a load, by the system's own counters. */
export type Costs = {
  cpu: CpuTimes;
  /** Null if MySQL does not count statements by user. */
  mysqlQueries: MySqlQueries | null;
  redisCommands: RedisCommands;
};

export type CostMeter = {
  /** Starts measuring. The returned function resolves to the costs since the start; it may be called several times. */
  start(): Promise<() => Promise<Costs>>;
};

export async function createCostMeter(system: BenchSystem, api: BenchApi): Promise<CostMeter> {
  const pids = { ...system.pids, api: api.process.pid };
  const readQueries = await countMySqlQueries(system);
  const read = async (): Promise<Costs> => ({
    redisCommands: await readRedisCommands(system.redis),
    mysqlQueries: await readQueries(),
    cpu: readCpuTimes(pids),
  });
  return {
    start: async () => {
      const before = await read();
      return async () => {
        const after = await read();
        return {
          cpu: cpuSpentByEach(before.cpu, after.cpu),
          mysqlQueries: queriesBetween(before.mysqlQueries, after.mysqlQueries),
          redisCommands: difference(before.redisCommands, after.redisCommands),
        };
      };
    },
  };
}

function queriesBetween(before: MySqlQueries | null, after: MySqlQueries | null): MySqlQueries | null {
  if (before === null || after === null) return null;
  return { api: after.api - before.api, worker: after.worker - before.worker };
}

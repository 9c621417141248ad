import type { CostMeter } from '../meters/costs.ts';
import { bothUs, mapProcesses, type ProcessName } from '../meters/cpu-times.ts';
import { awaitAgreement } from '../system/await-agreement.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';
import { runClosedLoop, type ClosedLoop } from './closed-loop.ts';
import { isControl, type Entrant } from './entrants.ts';
import { commandsOf } from './story-figures.ts';

/** A load in which every user wins, to measure the cost of a claim. */
export type WinnersLoad = ClosedLoop & {
  /** Claims in MySQL after the drain. For the control, which stores fewer, this is the number of answered claims. */
  persisted: number;
  /** The rate over the load and the drain together. */
  persistedPerSecond: number;
  drainMs: number;
  /** The cost over the load and the drain together. */
  cpuUsPerClaim: Record<ProcessName, number>;
  cpuUsPerClaimTotal: number;
  mysqlQueriesPerClaim: { api: number; worker: number } | null;
  /** The cost during the load only. */
  redisCommandsPerClaim: number;
};

export type WinnersPlan = { name: string; entrant: Entrant; seconds: number; users: number };

/** The stock, which is more than any load can use up. */
const stock = 50_000_000;

/** Sends claims from distinct users to an event that does not sell out. */
export async function loadWinners(
  system: BenchSystem,
  api: BenchApi,
  meter: CostMeter,
  { name, entrant, seconds, users }: WinnersPlan,
): Promise<WinnersLoad> {
  const event = await system.createEvent({ name, stock, strategy: entrant.strategy });
  const { loop, drainMs, costs, costsSoFar } = await runClosedLoop(system, api, meter, {
    name,
    event,
    seconds,
    users,
    crowd: 'winner',
    wanted: ['issued'],
  });
  const persisted = isControl(entrant)
    ? (loop.outcomes['issued'] ?? 0)
    : (await awaitAgreement(system, event)).persisted;
  const { cpu, mysqlQueries } = await costsSoFar();
  await system.closeEvent(event.id);
  checkCount(name, entrant, loop, persisted);
  const cpuUsPerClaim = mapProcesses((process) => bothUs(cpu[process]) / persisted);
  return {
    ...loop,
    persisted,
    persistedPerSecond: persisted / ((loop.tookMs + drainMs) / 1_000),
    drainMs,
    cpuUsPerClaim,
    cpuUsPerClaimTotal: Object.values(cpuUsPerClaim).reduce((sum, us) => sum + us, 0),
    mysqlQueriesPerClaim: mysqlQueries && {
      api: mysqlQueries.api / persisted,
      worker: mysqlQueries.worker / persisted,
    },
    redisCommandsPerClaim: commandsOf(costs) / persisted,
  };
}

/**
 * MySQL must have at least as many claims as were answered. MySQL may have a few more, because the end of the load cuts
 * off some answers.
 */
function checkCount(name: string, entrant: Entrant, { calls, busy, failures }: ClosedLoop, persisted: number): void {
  const accepted = calls - busy - failures;
  if (isControl(entrant) || (persisted >= accepted && persisted <= accepted + busy + failures + 64)) return;
  throw new Error(`${name}: ${accepted} claims were accepted, but ${persisted} are in MySQL`);
}

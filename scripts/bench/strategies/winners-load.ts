import { monotonicMs } from '../../flash-sale/monotonic.ts';
import { awaitPersisted } from '../../flash-sale/await-persisted.ts';
import { awaitAgreement } from '../await-agreement.ts';
import type { BenchSystem } from '../bench-system.ts';
import { bothUs, mapProcesses, type ProcessName } from '../meters/cpu-times.ts';
import type { CostMeter } from '../meters/costs.ts';
import { runClosedLoop, type ClosedLoop } from './closed-loop.ts';
import { isControl, type Entrant } from './entrants.ts';
import { commandsOf } from './story-figures.ts';

/** Every user wins: what accepting a claim costs. */
export type WinnersLoad = Omit<ClosedLoop, 'costs'> & {
  /** Claims in MySQL after the drain. */
  persisted: number;
  /** Over load and drain together. */
  persistedPerSecond: number;
  drainMs: number;
  /** Over load and drain together; null where what was accepted is not what was stored. */
  cpuUsPerClaim: Record<ProcessName, number>;
  cpuUsPerClaimTotal: number;
  mysqlQueriesPerClaim: { api: number; worker: number } | null;
  /** During the load. */
  redisCommandsPerClaim: number;
};

export type WinnersPlan = { name: string; entrant: Entrant; seconds: number; users: number };

/** More than any load gets to. */
const stock = 50_000_000;

/** Distinct users claim from an event that does not sell out. */
export async function loadWinners(
  system: BenchSystem,
  meter: CostMeter,
  { name, entrant, seconds, users }: WinnersPlan,
): Promise<WinnersLoad> {
  const event = await system.createEvent({ name, stock, strategy: entrant.strategy });
  const stop = await meter.start();
  const loop = await runClosedLoop(system, system.api, meter, {
    name,
    eventId: event.id,
    seconds,
    users,
    crowd: 'winner',
    wanted: ['issued'],
  });
  const endedMs = monotonicMs();
  const { drainedAtMs, persisted } = isControl(entrant)
    ? await awaitEmptyOutbox(system, event, loop.outcomes['issued'] ?? 0)
    : await awaitAgreement(system, event);
  const { cpu, mysqlQueries } = await stop();
  await system.closeEvent(event.id);
  checkCount(name, entrant, loop, persisted);
  const { costs, ...figures } = loop;
  const cpuUsPerClaim = mapProcesses((process) => bothUs(cpu[process]) / persisted);
  return {
    ...figures,
    persisted,
    persistedPerSecond: persisted / ((loop.tookMs + drainedAtMs - endedMs) / 1_000),
    drainMs: drainedAtMs - endedMs,
    cpuUsPerClaim,
    cpuUsPerClaimTotal: Object.values(cpuUsPerClaim).reduce((sum, us) => sum + us, 0),
    mysqlQueriesPerClaim: mysqlQueries && {
      api: mysqlQueries.api / persisted,
      worker: mysqlQueries.worker / persisted,
    },
    redisCommandsPerClaim: commandsOf(costs) / persisted,
  };
}

/** The control stores fewer claims than it told, so its figures are for what was told. */
async function awaitEmptyOutbox({ redis }: BenchSystem, event: { id: string; round: number }, told: number) {
  const drained = await awaitPersisted(redis, event.id, event.round, new AbortController().signal);
  if (drained.kind === 'stuck') throw new Error(`the outbox does not drain, ${drained.left} entries are left`);
  return { drainedAtMs: drained.atMs, persisted: told };
}

/** As many claims as were answered, and those whose answer the end of the load, or of a wait, cut off. */
function checkCount(name: string, entrant: Entrant, { calls, busy, failures }: ClosedLoop, persisted: number): void {
  const accepted = calls - busy - failures;
  if (isControl(entrant) || (persisted >= accepted && persisted <= accepted + busy + failures + 64)) return;
  throw new Error(`${name}: ${accepted} were told that they won, ${persisted} claims are in MySQL`);
}

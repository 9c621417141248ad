import { createTokenMint } from '../../core/access/mint-token.ts';
import { createApiClient } from '../../proof/flash-sale/api-client.ts';
import { awaitPersisted } from '../../proof/flash-sale/await-persisted.ts';
import type { CostMeter } from '../meters/costs.ts';
import { bothUs, mapProcesses, type ProcessName } from '../meters/cpu-times.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import { runClosedLoop, type ClosedLoop } from './closed-loop.ts';
import type { Entrant } from './entrants.ts';
import { commandsOf } from './story-figures.ts';

/** A load in which every user comes after the sell-out, to measure the cost of a refusal. */
export type RefusalsLoad = ClosedLoop & {
  cpuUsPerRefusal: Record<ProcessName, number>;
  cpuUsPerRefusalTotal: number;
  /** The number of statements that the API sent to MySQL during the load. Null if MySQL does not count by user. */
  mysqlQueries: number | null;
  mysqlQueriesPerRefusal: number | null;
  redisCommandsPerRefusal: number;
};

/** The coupons to sell before the load, one by one, so that even the control issues no serial twice. */
const stock = 20;
const users = 10_000;

/** Sends claims of the same users again and again to a sold-out event. */
export async function loadRefusals(
  system: BenchSystem,
  meter: CostMeter,
  { name, entrant, seconds }: { name: string; entrant: Entrant; seconds: number },
): Promise<RefusalsLoad> {
  const event = await system.createEvent({ name, stock, strategy: entrant.strategy });
  await sellOut(system, event.id);
  const drained = await awaitPersisted(system.redis, event.id, event.round, new AbortController().signal);
  if (drained.kind === 'stuck') throw new Error(`${name}: the outbox does not drain`);
  const { loop, costs } = await runClosedLoop(system, system.api, meter, {
    name,
    event,
    seconds,
    users,
    loop: true,
    crowd: 'loser',
    wanted: ['sold_out'],
  });
  await system.closeEvent(event.id);
  const refusals = loop.calls - loop.busy - loop.failures;
  const cpuUsPerRefusal = mapProcesses((process) => bothUs(costs.cpu[process]) / refusals);
  const mysqlQueries = costs.mysqlQueries?.api ?? null;
  return {
    ...loop,
    cpuUsPerRefusal,
    cpuUsPerRefusalTotal: Object.values(cpuUsPerRefusal).reduce((sum, us) => sum + us, 0),
    mysqlQueries,
    mysqlQueriesPerRefusal: mysqlQueries === null ? null : mysqlQueries / refusals,
    redisCommandsPerRefusal: commandsOf(costs) / refusals,
  };
}

async function sellOut({ api, authSecret }: BenchSystem, eventId: string): Promise<void> {
  const mint = createTokenMint(authSecret);
  for (let user = 0; user < stock; user += 1) {
    const client = createApiClient(api.url, mint({ sub: `early-${user}` }, 3_600_000, Date.now()));
    const { status } = await client.claim.submit.mutate({ eventId });
    if (status !== 'issued') throw new Error(`selling out the event failed: a claim was answered ${status}`);
  }
}

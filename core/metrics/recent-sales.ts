import { newestClaim } from '../claims/claim-rows.ts';
import type { WaitingClaims } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import { listRunningRounds, type EventRow } from '../events/event-rows.ts';
import type { StrategyName } from '../events/event.ts';
import type { Gate } from '../gate/gate.ts';
import type { Watches } from '../readiness/health.ts';
import { holdAnswers, rememberBriefly } from '../runtime/briefly.ts';
import { within } from '../runtime/within.ts';
import type { Stores } from '../stores/stores.ts';

/** The current round of an event, as its metrics show it. */
export type Sale = {
  eventId: string;
  name: string;
  strategy: StrategyName;
  stock: number;
  opensAtMs: number;
  issued: number;
  /** When the first claim was decided; null before it. */
  firstAtMs: number | null;
  outbox: WaitingClaims;
};

/**
 * How many events have metrics of their own. Each takes 8 series, and Prometheus keeps a series for weeks.
 */
export const recentSalesMax = 50;

/** Events get their metrics this long before they open. */
const aheadMs = 60_000;
/** How long to wait for MySQL. If MySQL hangs, there is still time to ask Redis before the view's time is over. */
const mysqlLimitMs = 250;

/**
 * The most recent sales, the latest opening first: every event whose round is in Redis, and every open event that MySQL
 * decides. While MySQL is down, asks Redis about the events that it knew when MySQL last answered.
 */
export function createRecentSales(stores: Stores, rounds: Watches['rounds']): () => Promise<Sale[]> {
  const { db, clock } = stores;
  let known: readonly EventRow[] = [];

  const inRedis = async (): Promise<Seen[]> =>
    (await rounds()).flatMap(({ event, current, gate, outbox }) =>
      current && gate !== null ? [{ event, sale: saleOf(event, gate, outbox) }] : [],
    );
  const inRows = rememberBriefly(
    async () => {
      const nowMs = clock.nowMs();
      const running = await listRunningRounds(db, { nowMs, aheadMs, limit: recentSalesMax });
      const decidedByRows = running.filter(({ strategy }) => !engineOf(strategy).livesInRedis);
      return Promise.all(decidedByRows.map(async (event) => ({ event, sale: await saleInRows(stores, event) })));
    },
    { holdMs: holdAnswers(1_000), keysMax: 1 },
  );

  return async () => {
    const seen = await within(mysqlLimitMs, Promise.all([inRedis(), inRows('all')]), () => null).catch(() => null);
    if (seen === null) return fromGates(stores, known);
    const recent = seen.flat().toSorted((a, b) => b.sale.opensAtMs - a.sale.opensAtMs);
    const kept = recent.slice(0, recentSalesMax);
    known = kept.map(({ event }) => event);
    return kept.map(({ sale }) => sale);
  };
}

type Seen = { event: EventRow; sale: Sale };

function saleOf(event: EventRow, gate: Gate, outbox: WaitingClaims): Sale {
  const { eventId, name, strategy } = event;
  const { stock, opensAtMs, firstAtMs } = gate;
  // Serials without a claim are lost or reserved, so nobody holds them.
  return { ...{ eventId, name, strategy, stock, opensAtMs, firstAtMs, outbox }, issued: gate.issued - gate.vacant };
}

async function saleInRows({ db }: Stores, event: EventRow): Promise<Sale> {
  const { eventId, name, strategy, roundRow } = event;
  const { stock, opensAtMs, round } = roundRow;
  const issued = await engineOf(strategy).issuedInRows(db, event, await newestClaim(db, eventId, round));
  const first = await db.claim.findFirst({
    where: { eventId, round },
    orderBy: { serial: 'asc' },
    select: { claimedAt: true },
  });
  const firstAtMs = first?.claimedAt.getTime() ?? null;
  return {
    ...{ eventId, name, strategy, stock, opensAtMs, issued, firstAtMs },
    outbox: { claims: 0, oldestAtMs: null },
  };
}

/** The sales of events that have a gate, read from Redis alone. */
async function fromGates(stores: Stores, events: readonly EventRow[]): Promise<Sale[]> {
  const sales = await Promise.all(
    events.map(async (event) => {
      const engine = engineOf(event.strategy);
      const gate = await engine.readGate(stores, event.eventId);
      if (gate === null || gate.round !== event.currentRound) return [];
      return [saleOf(event, gate, await engine.waiting(stores, event))];
    }),
  );
  return sales.flat();
}

import { Prisma } from '../../prisma/generated/client.ts';
import type { DbReader } from '../mysql/open-db.ts';

/**
 * The fields of an event and its current round that a search needs. Reading only these fields keeps a search over a
 * thousand events fast.
 */
export type EventOutline = {
  eventId: string;
  name: string;
  stock: number;
  opensAtMs: number;
  closesAtMs: number | null;
  paused: boolean;
  closed: boolean;
  needsApproval: boolean;
  soldOutAtMs: number | null;
  /** The gate's counter when the round left Redis; null while the round is in Redis. */
  retiredCounter: number | null;
};

type SelectedOutline = {
  id: string;
  name: string;
  stock: bigint;
  opens_at: Date;
  closes_at: Date | null;
  paused: number;
  closed_at: Date | null;
  needs_approval: number;
  sold_out_at: Date | null;
  retired_counter: bigint | null;
};

/**
 * Returns the events that open latest, at most `limit` of them; optionally only those that open in `[fromMs,
 * beforeMs)`. The query forces MySQL to read the index of openings from its end, so the cost depends on the limit, not
 * on how many events there have ever been.
 */
export async function listEventOutlines(
  db: DbReader,
  { fromMs, beforeMs, limit }: { fromMs?: number | undefined; beforeMs?: number | undefined; limit: number },
): Promise<EventOutline[]> {
  const from = fromMs === undefined ? Prisma.empty : Prisma.sql`AND r.opens_at >= ${new Date(fromMs)}`;
  const before = beforeMs === undefined ? Prisma.empty : Prisma.sql`AND r.opens_at < ${new Date(beforeMs)}`;
  const rows = await db.$queryRaw<SelectedOutline[]>`
    SELECT e.id, e.name, r.stock, r.opens_at, r.closes_at, r.paused, r.closed_at, r.needs_approval, r.sold_out_at,
      r.retired_counter
    FROM rounds r FORCE INDEX (rounds_by_opening) STRAIGHT_JOIN events e ON e.id = r.event_id AND e.round = r.round ${from} ${before}
    ORDER BY r.opens_at DESC LIMIT ${limit}`;
  return rows.map((row) => ({
    eventId: row.id,
    name: row.name,
    stock: Number(row.stock),
    opensAtMs: row.opens_at.getTime(),
    closesAtMs: row.closes_at?.getTime() ?? null,
    paused: row.paused !== 0,
    closed: row.closed_at !== null,
    needsApproval: row.needs_approval !== 0,
    soldOutAtMs: row.sold_out_at?.getTime() ?? null,
    retiredCounter: row.retired_counter === null ? null : Number(row.retired_counter),
  }));
}

import { Prisma } from '../../prisma/generated/client.ts';
import { say } from '../messages/message.ts';
import type { DbReader } from '../mysql/open-db.ts';
import { Fault } from '../runtime/fault.ts';
import { infoColumnNames, readInfoColumns } from './event-columns.ts';
import type { EventInfo } from './event-fields.ts';
import { neverMs, type RoundConfig, type StrategyName, strategyNames } from './event.ts';

/** A round's row. The time of a step, such as `seededAtMs`, is null until that step has happened. */
type RoundRow = {
  eventId: string;
  round: number;
  stock: number;
  opensAtMs: number;
  closesAtMs: number | null;
  paused: boolean;
  /** When an admin closed the round; a closed round stays closed. */
  closedAtMs: number | null;
  codeKey: Buffer;
  seededAtMs: number | null;
  soldOutAtMs: number | null;
  firstClaimAtMs: number | null;
  verifiedAtMs: number | null;
  retiredAtMs: number | null;
  unlinkedAtMs: number | null;
  rebuildingAtMs: number | null;
  /**
   * The gate's counter when the round left Redis. Null while the round is in Redis, or if an earlier version removed
   * it.
   */
  retiredCounter: number | null;
  needsApproval: boolean;
  approvalAskedBy: string | null;
  /** Serials reserved for users who can prove that these serials were promised to them: see `reserved-serials.ts`. */
  reserved: string;
  /** The id of the Redis whose gate was last trusted, and how often that id changed: see `gate-trust.ts`. */
  trustedBy: string | null;
  trustCount: number;
  createdAtMs: number;
};

/** An event's row with one of its rounds: the current round, unless stated otherwise. */
export type EventRow = EventInfo & {
  eventId: string;
  strategy: StrategyName;
  version: number;
  /** The number of the current round, even if `roundRow` is a different round. */
  currentRound: number;
  createdAtMs: number;
  updatedAtMs: number;
  /**
   * The approval limits when the event was created. Both are null if there were none, or if an earlier version created
   * the event.
   */
  approvalAmount: number | null;
  approvalStock: number | null;
  roundRow: RoundRow;
};

/** The event with its current round, or null if there is no such event. */
export async function findEvent(db: DbReader, eventId: string): Promise<EventRow | null> {
  const rows = await select(db, Prisma.sql`AND r.round = e.round WHERE e.id = ${eventId}`);
  return rows[0] ?? null;
}

/** Reads these events with their current rounds, keyed by event id. Leaves out ids that no event has. */
export async function findEvents(db: DbReader, eventIds: readonly string[]): Promise<Map<string, EventRow>> {
  if (eventIds.length === 0) return new Map();
  const rows = await select(db, Prisma.sql`AND r.round = e.round WHERE e.id IN (${Prisma.join([...eventIds])})`);
  return new Map(rows.map((row) => [row.eventId, row]));
}

/** The event with the given round, or null if there is no such event or round. */
export async function findRound(db: DbReader, eventId: string, round: number): Promise<EventRow | null> {
  const rows = await select(db, Prisma.sql`WHERE e.id = ${eventId} AND r.round = ${round}`);
  return rows[0] ?? null;
}

/** The current round of each of these events that exists. */
export async function findCurrentRounds(db: DbReader, eventIds: string[]): Promise<Map<string, number>> {
  const rows = await db.event.findMany({ where: { id: { in: eventIds } }, select: { id: true, round: true } });
  return new Map(rows.map(({ id, round }) => [id, round]));
}

/** The numbers of an event's rounds, newest first. */
export async function listRoundNumbers(db: DbReader, eventId: string): Promise<number[]> {
  const rows = await db.round.findMany({ where: { eventId }, orderBy: { round: 'desc' }, select: { round: true } });
  return rows.map(({ round }) => round);
}

/**
 * All events with their current rounds, newest first. `cursor` is the `nextCursor` of the previous page, so events that
 * are created between two requests don't shift the pages. Throws `bad_request` if the cursor is not one of ours.
 */
export async function listEvents(
  db: DbReader,
  page: { cursor?: string | undefined; limit: number },
): Promise<{ events: EventRow[]; nextCursor: string | null }> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const where = after
    ? Prisma.sql`WHERE (e.created_at < ${after.createdAt} OR (e.created_at = ${after.createdAt} AND e.id < ${after.id}))`
    : Prisma.empty;
  const events = await select(
    db,
    Prisma.sql`AND r.round = e.round ${where} ORDER BY e.created_at DESC, e.id DESC LIMIT ${page.limit + 1}`,
  );
  const more = events.length > page.limit;
  if (more) events.pop();
  const last = events.at(-1);
  return { events, nextCursor: more && last ? `${last.createdAtMs}.${last.eventId}` : null };
}

/** Listed events that are not closed at `nowMs`, by opening time, at most 100. */
export function listPublicEvents(db: DbReader, nowMs: number): Promise<EventRow[]> {
  return select(
    db,
    Prisma.sql`AND r.round = e.round
      WHERE e.listed AND r.closed_at IS NULL AND (r.closes_at IS NULL OR r.closes_at > ${new Date(nowMs)})
      ORDER BY r.opens_at, e.id LIMIT 100`,
  );
}

/**
 * Rounds of these strategies, including old rounds, that have data in Redis: they are seeded and not yet removed, or
 * are being rebuilt.
 */
export function listRoundsInRedis(db: DbReader, strategies: readonly StrategyName[]): Promise<EventRow[]> {
  return select(
    db,
    Prisma.sql`WHERE ((r.unlinked_at IS NULL AND r.seeded_at IS NOT NULL) OR r.rebuilding_at IS NOT NULL)
      AND e.strategy IN (${Prisma.join([...strategies])})
      ORDER BY r.opens_at, e.id, r.round`,
  );
}

/**
 * Current rounds to seed, by opening time: not seeded, not in need of approval, opening before `opensBeforeMs`, and not
 * closed at `nowMs`. Also includes every unseeded round that a reset began, whatever its times, because until it is
 * seeded, the gate may still be in the previous round.
 */
export function listRoundsToSeed(db: DbReader, opensBeforeMs: number, nowMs: number): Promise<EventRow[]> {
  return select(
    db,
    Prisma.sql`AND r.round = e.round
      WHERE r.seeded_at IS NULL AND (r.round > 1 OR (NOT r.needs_approval AND r.opens_at < ${new Date(opensBeforeMs)}
        AND r.closed_at IS NULL AND (r.closes_at IS NULL OR r.closes_at > ${new Date(nowMs)})))
      ORDER BY r.opens_at, e.id`,
  );
}

/** Current rounds that an earlier version removed from Redis without recording the gate's counter, at most `limit`. */
export function listUncountedRounds(db: DbReader, limit: number): Promise<EventRow[]> {
  return select(
    db,
    Prisma.sql`AND r.round = e.round
      WHERE r.retired_counter IS NULL AND r.retired_at IS NOT NULL AND r.unlinked_at IS NOT NULL
        AND r.rebuilding_at IS NULL
      ORDER BY r.retired_at, e.id LIMIT ${limit}`,
  );
}

/**
 * Current rounds that are open at `nowMs` or open within `aheadMs` after it. Returns at most `limit`, sorted by opening
 * time, latest first.
 */
export function listRunningRounds(
  db: DbReader,
  { nowMs, aheadMs, limit }: { nowMs: number; aheadMs: number; limit: number },
): Promise<EventRow[]> {
  return select(
    db,
    Prisma.sql`AND r.round = e.round
      WHERE r.opens_at < ${new Date(nowMs + aheadMs)} AND r.closed_at IS NULL AND r.retired_at IS NULL
        AND (r.closes_at IS NULL OR r.closes_at > ${new Date(nowMs)})
      ORDER BY r.opens_at DESC, e.id LIMIT ${limit}`,
  );
}

/** The settings that the gate of the event's round must have. */
export function roundConfig(event: EventRow): RoundConfig {
  const { round, stock, opensAtMs, closesAtMs, paused, closedAtMs, needsApproval } = event.roundRow;
  return {
    ...{ round, version: event.version, stock, closesAtMs, paused, closed: closedAtMs !== null },
    opensAtMs: needsApproval ? neverMs : opensAtMs,
    heldOpensAtMs: needsApproval ? opensAtMs : null,
  };
}

type SelectedRow = {
  id: string;
  strategy: string;
  current_round: bigint;
  version: bigint;
  created_at: Date;
  updated_at: Date;
  approval_amount: bigint | null;
  approval_stock: bigint | null;
  round: bigint;
  stock: bigint;
  opens_at: Date;
  closes_at: Date | null;
  paused: number;
  closed_at: Date | null;
  code_key: Uint8Array;
  seeded_at: Date | null;
  sold_out_at: Date | null;
  first_claim_at: Date | null;
  verified_at: Date | null;
  retired_at: Date | null;
  unlinked_at: Date | null;
  rebuilding_at: Date | null;
  retired_counter: bigint | null;
  needs_approval: number;
  approval_asked_by: string | null;
  reserved: string | null;
  trusted_by: string | null;
  trust_count: bigint;
  round_created_at: Date;
};

/**
 * Uses raw SQL, because Prisma would need two round trips: one for the event, whose column names the round, and one for
 * the round. Leaves out events whose strategy this version doesn't know: a newer version wrote them, and they must not
 * stop the sweep over the others.
 */
async function select(db: DbReader, joinAndWhere: Prisma.Sql): Promise<EventRow[]> {
  const rows = await db.$queryRaw<SelectedRow[]>`
    SELECT ${infoColumnNames}, e.id, e.strategy, e.round AS current_round, e.version,
      e.created_at, e.updated_at, e.approval_amount, e.approval_stock,
      r.round, r.stock, r.opens_at, r.closes_at, r.paused, r.closed_at, r.code_key, r.seeded_at, r.sold_out_at,
      r.first_claim_at, r.verified_at, r.retired_at, r.unlinked_at, r.rebuilding_at, r.retired_counter,
      r.needs_approval, r.approval_asked_by, r.reserved, r.trusted_by, r.trust_count, r.created_at AS round_created_at
    FROM events e JOIN rounds r ON r.event_id = e.id ${joinAndWhere}`;
  return rows.flatMap((row) => (isStrategy(row.strategy) ? [eventRow(row, row.strategy)] : []));
}

function eventRow(row: SelectedRow, strategy: StrategyName): EventRow {
  return {
    ...readInfoColumns(row),
    eventId: row.id,
    strategy,
    currentRound: Number(row.current_round),
    version: Number(row.version),
    createdAtMs: row.created_at.getTime(),
    updatedAtMs: row.updated_at.getTime(),
    approvalAmount: count(row.approval_amount),
    approvalStock: count(row.approval_stock),
    roundRow: {
      eventId: row.id,
      round: Number(row.round),
      stock: Number(row.stock),
      opensAtMs: row.opens_at.getTime(),
      closesAtMs: ms(row.closes_at),
      paused: row.paused !== 0,
      closedAtMs: ms(row.closed_at),
      codeKey: Buffer.from(row.code_key),
      seededAtMs: ms(row.seeded_at),
      soldOutAtMs: ms(row.sold_out_at),
      firstClaimAtMs: ms(row.first_claim_at),
      verifiedAtMs: ms(row.verified_at),
      retiredAtMs: ms(row.retired_at),
      unlinkedAtMs: ms(row.unlinked_at),
      rebuildingAtMs: ms(row.rebuilding_at),
      retiredCounter: count(row.retired_counter),
      needsApproval: row.needs_approval !== 0,
      approvalAskedBy: row.approval_asked_by,
      reserved: row.reserved ?? '',
      trustedBy: row.trusted_by,
      trustCount: Number(row.trust_count),
      createdAtMs: row.round_created_at.getTime(),
    },
  };
}

const ms = (time: Date | null): number | null => time?.getTime() ?? null;

const count = (stored: bigint | null): number | null => (stored === null ? null : Number(stored));

const isStrategy = (name: string): name is StrategyName => (strategyNames as readonly string[]).includes(name);

function decodeCursor(cursor: string): { createdAt: Date; id: string } {
  const [, createdAtMs, id] = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/.exec(cursor) ?? [];
  if (createdAtMs === undefined || id === undefined) {
    throw new Fault('bad_request', say('not_a_cursor', { list: 'events' }), {
      issues: [{ path: ['cursor'], ...say('cursor') }],
    });
  }
  return { createdAt: new Date(Number(createdAtMs)), id };
}

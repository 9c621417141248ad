import { highestSerial } from '../claims/claim-rows.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { DbReader } from '../mysql/open-db.ts';
import type { Stores } from '../stores/stores.ts';
import type { ClaimPoint } from './time-buckets.ts';

/** All claims up to serial `exactMax` are read. Of the claims after it, at most `sampledMax` are read. */
export type PointLimits = { exactMax: number; sampledMax: number };

/**
 * These limit the cost of a read: MySQL takes about 10 ms to group 10,000 claims by time, and one look-up by key for
 * each sampled claim.
 */
const limits: PointLimits = { exactMax: 10_000, sampledMax: 1_000 };

/** `storedAtMs`: when MySQL stored the latest of these claims; null if it has none of them. */
export type ClaimPoints = { points: ClaimPoint[]; storedAtMs: number | null };

/**
 * Reads when a round's claims were decided. The cost has a limit, however large the round is and however many claims
 * wait in the outbox. The first 10,000 claims are all read. Of the later ones, at most 1,000 are read, evenly spaced by
 * serial: each of these stands for itself and for the claims after the previous one that was read. No index by time is
 * needed, because serials follow the order of decision.
 *
 * Accepted claims that are not in MySQL yet come from the outbox, so the opening is visible before the first drain. The
 * scripts that decide claims do not count them by time, because every batch would then pay for counts that only an open
 * console reads.
 */
export async function readClaimPoints(
  stores: Stores,
  event: EventRow,
  { exactMax, sampledMax }: PointLimits = limits,
): Promise<ClaimPoints> {
  const { db } = stores;
  const { eventId, currentRound, strategy, roundRow } = event;
  const { round } = roundRow;
  // The outbox is read before MySQL, so that no claim is missed: a claim leaves the outbox only once it is in MySQL.
  const waiting =
    currentRound === round
      ? await engineOf(strategy)
          .waitingTimes(stores, event)
          .catch(() => [])
      : [];
  const highest = await highestSerial(db, eventId, round);
  const exact = await readExact(db, { eventId, round, to: exactMax });
  const sampled =
    highest > exactMax ? await readSampled(db, { eventId, round, after: exactMax, to: highest, sampledMax }) : [];
  const later = waiting
    .map(({ lastSerial, claims, ...times }) => ({ ...times, claims: Math.min(claims, lastSerial - highest) }))
    .filter(({ claims }) => claims > 0);
  const stored = [...exact, ...sampled];
  return {
    points: [...stored, ...later].map(({ sinceMs, atMs, claims }) => ({ sinceMs, atMs, claims })),
    storedAtMs: stored.reduce<number | null>((newest, { storedAtMs }) => Math.max(newest ?? 0, storedAtMs), null),
  };
}

type StoredPoint = ClaimPoint & { storedAtMs: number };
type Serials = { eventId: string; round: number; to: number };

async function readExact(db: DbReader, { eventId, round, to }: Serials): Promise<StoredPoint[]> {
  const rows = await db.$queryRaw<{ at: Date; claims: bigint; storedAt: Date }[]>`
    SELECT claimed_at AS at, COUNT(*) AS claims, MAX(persisted_at) AS storedAt FROM claims
    WHERE event_id = ${eventId} AND round = ${round} AND serial <= ${to} GROUP BY claimed_at`;
  return rows.map(({ at, claims, storedAt }) => ({
    ...{ sinceMs: at.getTime(), atMs: at.getTime() },
    ...{ claims: Number(claims), storedAtMs: storedAt.getTime() },
  }));
}

async function readSampled(
  db: DbReader,
  { eventId, round, after, to, sampledMax }: Serials & { after: number; sampledMax: number },
): Promise<StoredPoint[]> {
  const step = Math.max(1, Math.ceil((to - after) / sampledMax));
  const serials = [];
  for (let serial = Math.max(1, after); serial < to; serial += step) serials.push(serial);
  serials.push(to);
  const rows = await db.$queryRaw<{ serial: bigint | number; at: Date; storedAt: Date }[]>`
    SELECT c.serial, c.claimed_at AS at, c.persisted_at AS storedAt
    FROM JSON_TABLE(${JSON.stringify(serials)}, '$[*]' COLUMNS (serial INT UNSIGNED PATH '$')) AS s
    STRAIGHT_JOIN claims AS c ON c.event_id = ${eventId} AND c.round = ${round} AND c.serial = s.serial
    ORDER BY c.serial`;
  let before = { serial: after, atMs: rows[0]?.at.getTime() ?? 0 };
  return rows.flatMap(({ serial, at, storedAt }) => {
    const point = { serial: Number(serial), atMs: at.getTime() };
    const { serial: serialBefore, atMs: atMsBefore } = before;
    before = point;
    if (point.serial <= after) return [];
    // A serial that was returned and given out again has a later time than the serials after it.
    const sinceMs = Math.min(atMsBefore, point.atMs);
    return [{ sinceMs, atMs: point.atMs, claims: point.serial - serialBefore, storedAtMs: storedAt.getTime() }];
  });
}

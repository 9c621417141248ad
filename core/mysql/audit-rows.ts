import { Prisma } from '../../prisma/generated/client.ts';
import type { DbReader, DbTransaction } from './open-db.ts';

/** One change, by whom and through which door. `before` and `after` are plain JSON values; never put secrets in. */
export type AuditEntry = {
  actor: string;
  role: string | null;
  door: 'api' | 'cli' | 'worker';
  action: string;
  eventId: string | null;
  round: number | null;
  requestId: string | null;
  reason: string | null;
  before: unknown;
  after: unknown;
};

export type AuditRow = AuditEntry & { id: number; atMs: number };

/** Adds an entry; give the transaction of the change, so that both are kept or neither. */
export async function appendAudit(tx: DbTransaction, entry: AuditEntry, nowMs: number): Promise<void> {
  await tx.auditEntry.create({
    data: { ...entry, at: new Date(nowMs), before: json(entry.before), after: json(entry.after) },
    select: { id: true },
  });
}

/**
 * Says more in the entry of something that goes on: `after` takes the place of what it said, unless it no longer says
 * `expected`. Whether it did.
 */
export async function extendAudit(
  tx: DbTransaction,
  id: number,
  { expected, after }: { expected: { lastSerial: number }; after: object },
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE audit_log SET state_after = ${JSON.stringify(after)}
    WHERE id = ${id} AND CAST(JSON_EXTRACT(state_after, '$.lastSerial') AS UNSIGNED) = ${expected.lastSerial}`;
  return changed > 0;
}

/** Entries, newest first, of one event or of all; `beforeId` is the `id` of the last one of the page before. */
export async function listAudit(
  db: DbReader,
  query: {
    eventId?: string | undefined;
    actor?: string | undefined;
    action?: string | undefined;
    sinceAtMs?: number | undefined;
    beforeId?: number | undefined;
    limit: number;
  },
): Promise<AuditRow[]> {
  const { eventId, actor, action, sinceAtMs, beforeId, limit } = query;
  const rows = await db.auditEntry.findMany({
    where: {
      ...(eventId !== undefined && { eventId }),
      ...(actor !== undefined && { actor }),
      ...(action !== undefined && { action }),
      ...(sinceAtMs !== undefined && { at: { gte: new Date(sinceAtMs) } }),
      ...(beforeId !== undefined && { id: { lt: beforeId } }),
    },
    orderBy: { id: 'desc' },
    take: limit,
  });
  return rows.map(({ id, at, door, ...row }) => {
    if (!isDoor(door)) throw new Error(`audit_log row ${id} has an unknown door: ${door}`);
    return { ...row, id: Number(id), atMs: at.getTime(), door };
  });
}

/**
 * Who had a part in what an event waits for an approval with: everybody who gave it a new amount, currency, stock or time
 * while it waited, since it was last approved, reset or created.
 */
export async function findAskers(db: DbReader, eventId: string): Promise<Set<string>> {
  const changes = await db.auditEntry.findMany({
    // Looks and repairs change none of the fields, and a script that looks often would leave no room for changes.
    where: { eventId, action: { startsWith: 'event.', notIn: ['event.reconcile', 'event.repair', 'event.repaired'] } },
    orderBy: { id: 'desc' },
    take: changesMax,
    select: { action: true, actor: true, before: true, after: true },
  });
  const askers = new Set<string>();
  for (const { action, actor, before, after } of changes) {
    if (action === 'event.approve') break;
    const begins = action === 'event.create' || action === 'event.reset';
    const [from, to] = [before, after].map((state) => state as Record<string, unknown> | null);
    const isNew = begins || askedFields.some((field) => from?.[field] !== to?.[field]);
    if (isNew && to?.['needsApproval'] === true) askers.add(actor);
    if (begins) break;
  }
  return askers;
}

const askedFields = ['amount', 'currency', 'stock', 'opensAt', 'closesAt'] as const;
const changesMax = 1_000;

/** Prisma wants SQL's NULL said explicitly, because JSON has a null of its own. */
const json = (value: unknown) =>
  value === null || value === undefined ? Prisma.DbNull : (value as Prisma.InputJsonValue);

const isDoor = (door: string): door is AuditEntry['door'] => door === 'api' || door === 'cli' || door === 'worker';

import { Prisma } from '../../prisma/generated/client.ts';
import type { DbReader, DbTransaction } from '../mysql/open-db.ts';
import { readFormatted, withFormat, type Format } from '../runtime/stored-format.ts';

/**
 * A change or a look-up. `door` says whether the request came from the API, from the CLI of an earlier version, or from
 * the worker. `before` and `after` are plain JSON; never put secrets in them.
 */
export type AuditEntry = {
  actor: string;
  role: string | null;
  /** The id of the API key, if the actor is one. */
  keyId?: string | null | undefined;
  door: 'api' | 'cli' | 'worker';
  action: string;
  eventId: string | null;
  round: number | null;
  requestId: string | null;
  reason: string | null;
  before: object | null;
  after: object | null;
};

export type AuditRow = Omit<AuditEntry, 'before' | 'after'> & {
  id: number;
  atMs: number;
  before: unknown;
  after: unknown;
};

/** Adds an entry. Pass the change's transaction, so that both are committed or neither is. */
export async function appendAudit(tx: DbTransaction, entry: AuditEntry, nowMs: number): Promise<void> {
  await tx.auditEntry.create({ data: stored(entry, nowMs), select: { id: true } });
}

/** Adds several entries in one statement. */
export async function appendAudits(tx: DbTransaction, entries: readonly AuditEntry[], nowMs: number): Promise<void> {
  await tx.auditEntry.createMany({ data: entries.map((entry) => stored(entry, nowMs)) });
}

const stored = (entry: AuditEntry, nowMs: number) => ({
  ...entry,
  keyId: entry.keyId ?? null,
  at: new Date(nowMs),
  before: json(entry.before),
  after: json(entry.after),
});

/** The contents of `before` and `after` depend on the action. */
const stateFormat: Format = { newest: 1, of: 'its state' };

const readState = (id: bigint, state: unknown): unknown => {
  if (state === null) return null;
  try {
    return readFormatted(stateFormat, state);
  } catch (cause) {
    throw new Error(`audit_log row ${id} can't be read: ${(cause as Error).message}`, { cause });
  }
};

/**
 * Replaces `after` in the entry of something that is still in progress, unless `after` no longer has the `expected`
 * values. Resolves to whether it was replaced.
 */
export async function extendAudit(
  tx: DbTransaction,
  id: number,
  { expected, after }: { expected: { lastSerial: number }; after: object },
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE audit_log SET state_after = ${JSON.stringify(withFormat(stateFormat, after))}
    WHERE id = ${id} AND CAST(JSON_EXTRACT(state_after, '$.lastSerial') AS UNSIGNED) = ${expected.lastSerial}`;
  return changed > 0;
}

/**
 * Entries of one event or of all, newest first. `beforeId` is the `id` of the last entry of the previous page.
 *
 * A page reads about as many entries as it shows. Without times, MySQL follows the ids; with times, it follows the times
 * in an index, because it would otherwise read every entry that is newer than the wanted ones.
 */
export async function listAudit(
  db: DbReader,
  query: {
    eventId?: string | undefined;
    actor?: string | undefined;
    action?: string | undefined;
    sinceAtMs?: number | undefined;
    untilAtMs?: number | undefined;
    beforeId?: number | undefined;
    limit: number;
  },
): Promise<AuditRow[]> {
  const { eventId, actor, action, sinceAtMs, untilAtMs, beforeId, limit } = query;
  const byTime = sinceAtMs !== undefined || untilAtMs !== undefined;
  const last = byTime && beforeId !== undefined ? await timeOf(db, beforeId) : undefined;
  const at = {
    ...(sinceAtMs !== undefined && { gte: new Date(sinceAtMs) }),
    ...(untilAtMs !== undefined && { lt: new Date(untilAtMs) }),
    ...(last !== undefined && { lte: last }),
  };
  const rows = await db.auditEntry.findMany({
    where: {
      ...(eventId !== undefined && { eventId }),
      ...(actor !== undefined && { actor }),
      ...(action !== undefined && { action }),
      ...(Object.keys(at).length > 0 && { at }),
      ...(beforeId !== undefined &&
        (last === undefined ? { id: { lt: beforeId } } : { NOT: { at: last, id: { gte: beforeId } } })),
    },
    orderBy: byTime ? [{ at: 'desc' }, { id: 'desc' }] : { id: 'desc' },
    take: limit,
  });
  return rows.map(({ id, at, door, keyId, before, after, ...row }) => {
    if (!isDoor(door)) throw new Error(`audit_log row ${id} has an unknown door: ${door}`);
    const states = { before: readState(id, before), after: readState(id, after) };
    return { ...row, ...states, id: Number(id), atMs: at.getTime(), door, ...(keyId !== null && { keyId }) };
  });
}

/** When an entry was made. Undefined if there is no such entry, as with a cursor that a client made up. */
async function timeOf(db: DbReader, id: number): Promise<Date | undefined> {
  const row = await db.auditEntry.findUnique({ where: { id }, select: { at: true } });
  return row?.at;
}

/** The names that events have now, by id. */
export async function namesOfEvents(db: DbReader, eventIds: readonly string[]): Promise<Map<string, string>> {
  if (eventIds.length === 0) return new Map();
  const rows = await db.event.findMany({ where: { id: { in: [...eventIds] } }, select: { id: true, name: true } });
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** An actor of the audit trail, with the id of its API key if the entry has one. */
export type Editor = { actor: string; keyId: string | null };

/**
 * Everybody who ever created, changed, topped up or reset the event, each once. MySQL does a loose index scan on
 * `audit_log_by_editor`, which reads only a few entries per actor, however many changes there are. For such a scan,
 * each query may name only one action.
 */
export async function listEditors(db: DbReader, eventId: string): Promise<Editor[]> {
  const ofAction = editingActions.map(
    (action) => Prisma.sql`
      SELECT actor, key_id AS keyId FROM audit_log WHERE event_id = ${eventId} AND action = ${action} GROUP BY actor, key_id`,
  );
  return db.$queryRaw<Editor[]>(Prisma.join(ofAction, ' UNION '));
}

const editingActions = ['event.create', 'event.update', 'event.top-up', 'event.reset'] as const;

/** Prisma distinguishes SQL's NULL from JSON's null. This value is SQL's NULL. */
const json = (value: object | null) =>
  value === null ? Prisma.DbNull : (withFormat(stateFormat, value) as Prisma.InputJsonObject);

const isDoor = (door: string): door is AuditEntry['door'] => door === 'api' || door === 'cli' || door === 'worker';

import { Prisma } from '../../prisma/generated/client.ts';
import type { Db, DbReader, DbTransaction } from '../mysql/open-db.ts';
import { roles, type Role } from './actor.ts';

/**
 * How many unrevoked keys may exist. With this limit, one page can list them all and each process can keep them in
 * memory.
 */
export const keysMax = 1_000;

export type ApiKeyRow = {
  id: string;
  name: string;
  role: Role;
  secretHash: Uint8Array;
  createdBy: string;
  /** The id of the API key that made this one; null if a person made it. */
  createdByKey: string | null;
  createdAtMs: number;
  expiresAtMs: number | null;
  lastUsedAtMs: number | null;
  revokedAtMs: number | null;
};

/**
 * Writes a new key. The key holds its name until it is revoked or expires. Throws MySQL's duplicate error (1062) if
 * another key holds the name.
 */
export async function insertApiKey(tx: DbTransaction, row: ApiKeyRow): Promise<void> {
  await tx.apiKey.create({
    data: {
      ...{ id: row.id, name: row.name, liveName: row.name, role: row.role },
      ...{ createdBy: row.createdBy, createdByKey: row.createdByKey },
      secretHash: new Uint8Array(row.secretHash),
      createdAt: new Date(row.createdAtMs),
      expiresAt: row.expiresAtMs === null ? null : new Date(row.expiresAtMs),
    },
    select: { id: true },
  });
}

/** Frees the name for a new key if the key that holds it has expired by `nowMs`. */
export async function freeExpiredName(tx: DbTransaction, name: string, nowMs: number): Promise<void> {
  await tx.apiKey.updateMany({
    where: { liveName: name, expiresAt: { lte: new Date(nowMs) } },
    data: { liveName: null },
  });
}

export async function findApiKey(db: DbReader, id: string): Promise<ApiKeyRow | null> {
  const row = await db.apiKey.findUnique({ where: { id } });
  return row === null ? null : apiKeyRow(row);
}

export type KeyMaker = Pick<ApiKeyRow, 'id' | 'createdBy' | 'createdByKey'>;

/** Who made each of these keys. */
export const findKeyMakers = (db: DbReader, ids: string[]): Promise<KeyMaker[]> =>
  ids.length === 0 ? Promise.resolve([]) : db.apiKey.findMany({ where: { id: { in: ids } }, select: keyMaker });

/** Who made the keys with these names, including keys that no longer hold their name. */
export const findKeyMakersByName = (db: DbReader, names: string[]): Promise<KeyMaker[]> =>
  names.length === 0 ? Promise.resolve([]) : db.apiKey.findMany({ where: { name: { in: names } }, select: keyMaker });

const keyMaker = { id: true, createdBy: true, createdByKey: true } as const;

/**
 * Reads a key, and keeps it from being revoked until the transaction ends. A revocation that waits for this lock
 * therefore also finds a key that this transaction makes. Null if there is no such key.
 */
export async function holdApiKey(tx: DbTransaction, id: string): Promise<ApiKeyRow | null> {
  await tx.$queryRaw`SELECT id FROM api_keys WHERE id = ${id} LOCK IN SHARE MODE`;
  return findApiKey(tx, id);
}

/**
 * Reads a key that is about to be revoked. Until the transaction ends, no other transaction can revoke it or make
 * another key with it.
 */
export async function lockApiKey(tx: DbTransaction, id: string): Promise<ApiKeyRow | null> {
  await tx.$queryRaw`SELECT id FROM api_keys WHERE id = ${id} FOR UPDATE`;
  return findApiKey(tx, id);
}

/** The keys that these keys made, revoked or not. No other transaction can revoke those keys until this one ends. */
export async function lockKeysMadeBy(tx: DbTransaction, ids: string[]): Promise<ApiKeyRow[]> {
  if (ids.length === 0) return [];
  await tx.$queryRaw`SELECT id FROM api_keys WHERE created_by_key IN (${Prisma.join(ids)}) ORDER BY id FOR UPDATE`;
  return (await tx.apiKey.findMany({ where: { createdByKey: { in: ids } }, orderBy: { id: 'asc' } })).map(apiKeyRow);
}

/**
 * All unrevoked keys, and the revoked keys among `ids`. Leaves out keys whose role this version does not know, so that
 * such a key is refused and the others can still be read.
 */
export async function listKeysToCheck(db: DbReader, ids: string[]): Promise<ApiKeyRow[]> {
  const columns = Prisma.sql`id, name, role, secret_hash AS secretHash, created_by AS createdBy,
    created_by_key AS createdByKey, created_at AS createdAt, expires_at AS expiresAt, last_used_at AS lastUsedAt,
    revoked_at AS revokedAt`;
  const also =
    ids.length === 0
      ? Prisma.empty
      : Prisma.sql`UNION ALL SELECT ${columns} FROM api_keys WHERE id IN (${Prisma.join(ids)}) AND revoked_at IS NOT NULL`;
  const rows = await db.$queryRaw<StoredApiKey[]>`
    SELECT ${columns} FROM api_keys WHERE revoked_at IS NULL ${also}`;
  return rows.filter(({ role }) => isKnownRole(role)).map(apiKeyRow);
}

const isKnownRole = (role: string): boolean => (roles as readonly string[]).includes(role);

export const countApiKeys = (db: DbReader): Promise<number> => db.apiKey.count({ where: { revokedAt: null } });

/** All unrevoked keys, up to `max`, followed by up to `revokedMax` revoked ones; both lists newest first. */
export async function listApiKeys(db: DbReader, limits: { max: number; revokedMax: number }): Promise<ApiKeyRow[]> {
  const live = await db.apiKey.findMany({
    where: { revokedAt: null },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limits.max,
  });
  const revoked = await db.apiKey.findMany({
    where: { revokedAt: { not: null } },
    orderBy: [{ revokedAt: 'desc' }, { id: 'desc' }],
    take: limits.revokedMax,
  });
  return [...live, ...revoked].map(apiKeyRow);
}

/**
 * Revokes keys, which frees their names. Lock the rows first, so that only one of two concurrent calls revokes a key.
 */
export async function revokeApiKeyRows(tx: DbTransaction, ids: string[], nowMs: number): Promise<void> {
  await tx.apiKey.updateMany({
    where: { id: { in: ids }, revokedAt: null },
    data: { revokedAt: new Date(nowMs), liveName: null },
  });
}

/**
 * Records when a key was used. Processes report uses in any order, so a use earlier than the recorded one changes
 * nothing.
 */
export async function noteApiKeyUse(db: Db, id: string, nowMs: number): Promise<void> {
  const lastUsedAt = new Date(nowMs);
  await db.apiKey.updateMany({
    where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: lastUsedAt } }] },
    data: { lastUsedAt },
  });
}

type StoredApiKey = Omit<NonNullable<Awaited<ReturnType<DbReader['apiKey']['findUnique']>>>, 'liveName'>;

function apiKeyRow({ createdAt, expiresAt, lastUsedAt, revokedAt, role: stored, ...row }: StoredApiKey): ApiKeyRow {
  const role = roles.find((candidate) => candidate === stored);
  if (role === undefined) throw new Error(`API key ${row.id} has a role that this version does not know: ${stored}`);
  const { id, name, secretHash, createdBy, createdByKey } = row;
  return {
    ...{ id, name, role, secretHash, createdBy, createdByKey, createdAtMs: createdAt.getTime() },
    expiresAtMs: expiresAt?.getTime() ?? null,
    lastUsedAtMs: lastUsedAt?.getTime() ?? null,
    revokedAtMs: revokedAt?.getTime() ?? null,
  };
}

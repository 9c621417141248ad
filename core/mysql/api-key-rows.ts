import { roles, type Role } from '../mint-token.ts';
import type { Db, DbReader, DbTransaction } from './open-db.ts';

/** An API key in MySQL. */
export type ApiKeyRow = {
  id: string;
  name: string;
  role: Role;
  secretHash: Uint8Array;
  createdBy: string;
  createdAtMs: number;
  expiresAtMs: number | null;
  lastUsedAtMs: number | null;
  revokedAtMs: number | null;
};

/** Writes a new key, whose name is then taken. Throws MySQL's duplicate (1062) when it is already. */
export async function insertApiKey(tx: DbTransaction, row: ApiKeyRow): Promise<void> {
  await tx.apiKey.create({
    data: {
      ...{ id: row.id, name: row.name, liveName: row.name, role: row.role, createdBy: row.createdBy },
      secretHash: new Uint8Array(row.secretHash),
      createdAt: new Date(row.createdAtMs),
      expiresAt: row.expiresAtMs === null ? null : new Date(row.expiresAtMs),
    },
    select: { id: true },
  });
}

/** Gives the name of a key free that has expired by `nowMs`. */
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

/** How many keys are not revoked. */
export const countApiKeys = (db: DbReader): Promise<number> => db.apiKey.count({ where: { revokedAt: null } });

/** Keys that are not revoked, then `revokedMax` that are; the newest of each first. */
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

/** Revokes a key, which frees its name. Whether it was not revoked before: of two at the same time only one did it. */
export async function revokeApiKeyRow(tx: DbTransaction, id: string, nowMs: number): Promise<boolean> {
  const { count } = await tx.apiKey.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: new Date(nowMs), liveName: null },
  });
  return count > 0;
}

/** Notes a use. Processes note theirs in any order, so an earlier one changes nothing. */
export async function noteApiKeyUse(db: Db, id: string, nowMs: number): Promise<void> {
  const lastUsedAt = new Date(nowMs);
  await db.apiKey.updateMany({
    where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: lastUsedAt } }] },
    data: { lastUsedAt },
  });
}

type StoredApiKey = NonNullable<Awaited<ReturnType<DbReader['apiKey']['findUnique']>>>;

function apiKeyRow({ createdAt, expiresAt, lastUsedAt, revokedAt, role: stored, ...row }: StoredApiKey): ApiKeyRow {
  const role = roles.find((candidate) => candidate === stored);
  if (role === undefined) throw new Error(`API key ${row.id} has a role that this version does not know: ${stored}`);
  const { id, name, secretHash, createdBy } = row;
  return {
    ...{ id, name, role, secretHash, createdBy, createdAtMs: createdAt.getTime() },
    expiresAtMs: expiresAt?.getTime() ?? null,
    lastUsedAtMs: lastUsedAt?.getTime() ?? null,
    revokedAtMs: revokedAt?.getTime() ?? null,
  };
}

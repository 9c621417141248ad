import { z } from 'zod';
import type { Actor, Role } from '../access/actor.ts';
import {
  countApiKeys,
  findApiKey,
  freeExpiredName,
  holdApiKey,
  insertApiKey,
  keysMax,
  listApiKeys,
  lockApiKey,
  lockKeysMadeBy,
  revokeApiKeyRows,
  type ApiKeyRow,
} from '../access/api-key-rows.ts';
import { hashSecret, makeApiKey, type ApiKeyView } from '../access/api-key.ts';
import { checkChildKey } from '../access/child-key.ts';
import * as keyField from '../access/fields.ts';
import { appendAudit, appendAudits, type AuditEntry } from '../audit/audit-rows.ts';
import { runOnce } from '../events/admin-requests.ts';
import { badFields, checkFields } from '../events/bad-fields.ts';
import * as field from '../events/fields.ts';
import { say } from '../messages/message.ts';
import { mysqlErrno } from '../mysql/mysql-error.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { asUnavailable, Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';

export type CreateApiKeyInput = {
  name: string;
  role: Role;
  /** How long the key is valid, or until when; `expiresAtMs: null` means that it never expires. Default: 90 days. */
  ttlSeconds?: number | undefined;
  expiresAtMs?: number | null | undefined;
  requestId?: string | undefined;
};

/** `key` is the whole key with its secret, and is never shown again. */
export type CreatedApiKey = ApiKeyView & { key: string };

export type RevokeApiKeyInput = {
  id: string;
  /** Also revokes the keys that this key made, the keys that those made, and so on. */
  cascade?: true | undefined;
  requestId?: string | undefined;
};

/** With `cascade`, `alsoRevoked` lists the other keys that this call revoked. */
export type RevokedApiKey = ApiKeyView & { alsoRevoked?: { id: string; name: string }[] };

/**
 * How admins manage API keys. Every change writes an audit row. Faults: `not_found`, `conflict`, `bad_request`,
 * `forbidden`, `busy`, `unavailable`.
 */
export interface ApiKeyAdmin {
  /**
   * Makes a key. Throws `conflict` if an unrevoked, unexpired key has the name. Throws `conflict` for a repeated
   * `requestId`, because the key that it made can't be shown again. Throws `forbidden` if an API key asks for more than
   * it may: see `checkChildKey`.
   */
  createApiKey(input: CreateApiKeyInput, actor: Actor): Promise<CreatedApiKey>;
  /** All unrevoked keys, then the 100 keys that were revoked last. */
  listApiKeys(): Promise<ApiKeyView[]>;
  /**
   * Revokes the key, and with `cascade` every key that it made directly or indirectly. All processes refuse a revoked
   * key within seconds. Revoking a key again changes nothing.
   */
  revokeApiKey(input: RevokeApiKeyInput, actor: Actor): Promise<RevokedApiKey>;
}

const dayMs = 86_400_000;
const ttlMs = 90 * dayMs;
/** The longest validity of a key that expires. To make a key that lives longer, set its expiry to null, explicitly. */
const ttlMaxMs = 366 * dayMs;
const revokedShownMax = 100;

/** Opens the functions with which admins make and revoke API keys. */
export function createApiKeyAdmin({ db, clock }: Pick<Stores, 'db' | 'clock'>): ApiKeyAdmin {
  return {
    createApiKey: (input, actor) =>
      reachingMySql(async () => {
        checkFields(keyCreated, input);
        const { requestId, ...asked } = input;
        const nowMs = clock.nowMs();
        let made: CreatedApiKey | undefined;
        const request = { actor: actor.name, requestId, action: 'key.create', eventId: '', input: asked };
        // `runOnce` stores only the id, not the secret, so a repeated request can't return the key again.
        const id = await runOnce(db, request, async (tx) => {
          made = await create(tx, input, actor, nowMs);
          return made.id;
        });
        if (made !== undefined) return made;
        throw new Fault('conflict', say('key_made_before', { requestId: requestId ?? '', id }));
      }),
    listApiKeys: () =>
      reachingMySql(async () => {
        const rows = await listApiKeys(db, { max: keysMax, revokedMax: revokedShownMax });
        return rows.map((row) => viewOf(row, clock.nowMs()));
      }),
    revokeApiKey: (input, actor) =>
      reachingMySql(async () => {
        checkFields(keyRevoked, input);
        const { requestId, id, cascade } = input;
        const nowMs = clock.nowMs();
        const asked = cascade === undefined ? { id } : { id, cascade };
        const request = { actor: actor.name, requestId, action: 'key.revoke', eventId: '', input: asked };
        const alsoRevoked = await runOnce(db, request, async (tx) => {
          const revoked = await revoke(tx, input, actor, nowMs);
          return revoked.filter((key) => key.id !== id).map((key) => ({ id: key.id, name: key.name }));
        });
        return { ...viewOf(await mustFind(db, id), nowMs), ...(cascade === true && { alsoRevoked }) };
      }),
  };
}

async function create(
  tx: DbTransaction,
  input: CreateApiKeyInput,
  actor: Actor,
  nowMs: number,
): Promise<CreatedApiKey> {
  const { name, role, requestId } = input;
  const maker = await makerOf(tx, actor);
  const asked = { role, expiresAtMs: expiryOf(input, nowMs), isDefault: isDefaultExpiry(input) };
  const expiresAtMs = maker === null ? asked.expiresAtMs : checkChildKey(maker, asked);
  if ((await countApiKeys(tx)) >= keysMax) {
    throw new Fault('conflict', say('too_many_keys', { max: keysMax }));
  }
  const { key, id, secret } = makeApiKey();
  const row: ApiKeyRow = {
    ...{ id, name, role, secretHash: hashSecret(secret), createdBy: actor.name, createdAtMs: nowMs },
    createdByKey: maker?.id ?? null,
    ...{ expiresAtMs, lastUsedAtMs: null, revokedAtMs: null },
  };
  await freeExpiredName(tx, name, nowMs);
  try {
    await insertApiKey(tx, row);
  } catch (err) {
    if (mysqlErrno(err) !== 1062) throw err;
    throw new Fault('conflict', say('key_name_taken', { name }));
  }
  await appendAudit(tx, entryOf({ action: 'key.create', actor, requestId, before: null, after: row }), nowMs);
  return { ...viewOf(row, nowMs), key };
}

/** Returns the keys that this call revoked. */
async function revoke(
  tx: DbTransaction,
  { id, cascade, requestId }: RevokeApiKeyInput,
  actor: Actor,
  nowMs: number,
): Promise<ApiKeyRow[]> {
  const root = await lockApiKey(tx, id);
  if (root === null) throw noSuchKey(id);
  const family = cascade === true ? await lockFamily(tx, root) : [root];
  const live = family.filter(({ revokedAtMs }) => revokedAtMs === null);
  const ids = live.map((key) => key.id);
  await revokeApiKeyRows(tx, ids, nowMs);
  const entries = live.map((before) =>
    entryOf({ action: 'key.revoke', actor, requestId, before, after: { ...before, revokedAtMs: nowMs } }),
  );
  await appendAudits(tx, entries, nowMs);
  return live;
}

/** The API key that asks for a new key; null if a person asks. */
async function makerOf(tx: DbTransaction, { keyId }: Actor): Promise<ApiKeyRow | null> {
  if (keyId === undefined) return null;
  const maker = await holdApiKey(tx, keyId);
  // A process may accept a key for a few seconds after MySQL has lost it, for example through a restore from a backup.
  // Refuse such a caller, because without the key's row it would be treated as a person.
  if (maker === null) throw new Fault('forbidden', say('maker_gone'));
  return maker;
}

/**
 * Locks a key and all its descendants, makers first. Suppose another transaction is making a key with one of these
 * keys. If it has committed, the new key is found here. If it has not, it waits for the lock, and then finds the maker
 * revoked.
 */
async function lockFamily(tx: DbTransaction, root: ApiKeyRow): Promise<ApiKeyRow[]> {
  const family = new Map([[root.id, root]]);
  let makers = [root.id];
  while (makers.length > 0) {
    const made = (await lockKeysMadeBy(tx, makers)).filter(({ id }) => !family.has(id));
    for (const key of made) family.set(key.id, key);
    makers = made.map(({ id }) => id);
  }
  return [...family.values()];
}

const isDefaultExpiry = ({ ttlSeconds, expiresAtMs }: CreateApiKeyInput): boolean =>
  ttlSeconds === undefined && expiresAtMs === undefined;

function expiryOf({ ttlSeconds, expiresAtMs }: CreateApiKeyInput, nowMs: number): number | null {
  if (expiresAtMs === null) return null;
  const atMs = expiresAtMs ?? nowMs + (ttlSeconds === undefined ? ttlMs : ttlSeconds * 1_000);
  if (atMs <= nowMs) throw badFields([{ path: ['expiresAt'], ...say('time_ahead') }]);
  if (atMs <= nowMs + ttlMaxMs) return atMs;
  const path = [expiresAtMs === undefined ? 'ttlSeconds' : 'expiresAt'];
  throw badFields([{ path, ...say('time_too_far', { days: 366 }) }]);
}

async function mustFind(db: DbTransaction, id: string): Promise<ApiKeyRow> {
  const row = await findApiKey(db, id);
  if (row !== null) return row;
  throw noSuchKey(id);
}

const noSuchKey = (id: string): Fault => new Fault('not_found', say('no_api_key', { id }));

function entryOf(change: {
  action: 'key.create' | 'key.revoke';
  actor: Actor;
  requestId: string | undefined;
  before: ApiKeyRow | null;
  after: ApiKeyRow;
}): AuditEntry {
  const { action, actor, requestId = null, before, after } = change;
  const { name, role, keyId, door, reason = null } = actor;
  const states = { before: before && auditable(before), after: auditable(after) };
  return { action, actor: name, role, keyId, door, reason, requestId, eventId: null, round: null, ...states };
}

/** What the audit trail shows about a key. The audit trail never shows the secret. */
function auditable({ id, name, role, createdBy, expiresAtMs, revokedAtMs }: ApiKeyRow): Record<string, unknown> {
  const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  return { id, name, role, createdBy, expiresAt: iso(expiresAtMs), revokedAt: iso(revokedAtMs) };
}

function viewOf({ secretHash: _secretHash, createdByKey: _maker, ...row }: ApiKeyRow, nowMs: number): ApiKeyView {
  return { ...row, state: stateOf(row, nowMs) };
}

function stateOf(
  { revokedAtMs, expiresAtMs }: Pick<ApiKeyRow, 'revokedAtMs' | 'expiresAtMs'>,
  nowMs: number,
): ApiKeyView['state'] {
  if (revokedAtMs !== null) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'live';
}

async function reachingMySql<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    throw asUnavailable(err, say('api_keys_unreachable'));
  }
}

const keyCreated = z
  .object({
    name: keyField.keyName,
    role: keyField.role,
    ttlSeconds: keyField.ttlSeconds.optional(),
    expiresAtMs: z.int('must be a time').nullish(),
    requestId: field.requestId.optional(),
  })
  .refine(({ ttlSeconds, expiresAtMs }) => ttlSeconds === undefined || expiresAtMs === undefined, {
    error: 'must not come together with expiresAt',
    path: ['ttlSeconds'],
  });
const keyRevoked = z.object({ id: keyField.keyId, requestId: field.requestId.optional() });

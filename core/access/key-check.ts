import { LRUCache } from 'lru-cache';
import { say } from '../messages/message.ts';
import type { Db } from '../mysql/open-db.ts';
import { asUnavailable } from '../runtime/fault.ts';
import type { Logger } from '../runtime/log.ts';
import { inAnswerTime } from '../runtime/within.ts';
import type { Role } from './actor.ts';
import { keysMax, listKeysToCheck, noteApiKeyUse, type ApiKeyRow } from './api-key-rows.ts';
import { isSecretOf, readApiKey } from './api-key.ts';
import { createKeyRing } from './key-ring.ts';

/** The key's owner, or the reason why the key is refused. */
export type KeyVerdict =
  | { ok: true; id: string; name: string; role: Role; endsAtMs: number | null }
  | { ok: false; why: 'unknown' | 'expired' | 'revoked' };

export interface KeyCheck {
  /** Throws `unavailable` if the key is not in memory and MySQL does not answer. */
  check(key: string): Promise<KeyVerdict>;
  /** Checks the key with this id, for a caller that has already presented the whole key. */
  checkId(id: string): Promise<KeyVerdict>;
}

/** Each process records the use of a key at most this often. */
const noteEveryMs = 60_000;

const unreachable = say('api_key_unchecked');

/**
 * Checks API keys against the unrevoked keys in MySQL, read at most 3 s ago. Records uses in the background, so that no
 * caller waits for MySQL.
 */
export function createKeyCheck(db: Db, log: Logger, nowMs: () => number = Date.now): KeyCheck {
  const ring = createKeyRing((asked) => listKeysToCheck(db, asked));

  const notedAtMs = new LRUCache<string, number>({ max: keysMax });
  const noteUse = (id: string, atMs: number): void => {
    if (atMs - (notedAtMs.get(id) ?? -Infinity) < noteEveryMs) return;
    notedAtMs.set(id, atMs);
    noteApiKeyUse(db, id, atMs).catch((err: unknown) => {
      notedAtMs.delete(id);
      log.debug({ event: 'key_use_not_noted', keyId: id, err }, 'the use of an API key could not be recorded');
    });
  };

  const seek = (id: string) =>
    inAnswerTime(ring.seek(id), unreachable).catch((err: unknown) => {
      throw asUnavailable(err, unreachable);
    });

  /** `hasKeyOf`: whether the caller holds the key that this row describes. */
  const judge = async (id: string, hasKeyOf: (row: ApiKeyRow) => boolean): Promise<KeyVerdict> => {
    const row = ring.known(id) ?? (await seek(id));
    // Only a caller that holds the whole key learns that it was revoked or has expired.
    if (row === null || !hasKeyOf(row)) return { ok: false, why: 'unknown' };
    if (row.revokedAtMs !== null) return { ok: false, why: 'revoked' };
    const atMs = nowMs();
    if (row.expiresAtMs !== null && row.expiresAtMs <= atMs) return { ok: false, why: 'expired' };
    noteUse(row.id, atMs);
    return { ok: true, id: row.id, name: row.name, role: row.role, endsAtMs: row.expiresAtMs };
  };

  return {
    check: async (key) => {
      const parts = readApiKey(key);
      if (parts === null) return { ok: false, why: 'unknown' };
      return judge(parts.id, (row) => isSecretOf(parts.secret, row.secretHash));
    },
    checkId: (id) => judge(id, () => true),
  };
}

import { holdAnswers, rememberBriefly } from '../briefly.ts';
import { asUnavailable, Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { Role } from '../mint-token.ts';
import { findApiKey, noteApiKeyUse, type ApiKeyRow } from '../mysql/api-key-rows.ts';
import type { Db } from '../mysql/open-db.ts';
import { createPermits } from '../mysql/permits.ts';
import { inAnswerTime } from '../within.ts';
import { isSecretOf, readApiKey } from './api-key.ts';

/** Whose key it is, or why nobody may come in with it. */
export type KeyVerdict =
  | { ok: true; id: string; name: string; role: Role; endsAtMs: number | null }
  | { ok: false; why: 'unknown' | 'expired' | 'revoked' };

/** Tells good API keys from others. */
export interface KeyCheck {
  /** Throws `unavailable` when only MySQL could tell, and it does not answer. */
  check(key: string): Promise<KeyVerdict>;
  /** The same of the key with this id, for whoever has shown the whole key before. */
  checkId(id: string): Promise<KeyVerdict>;
}

/** For so long a process goes by what it read: a revoked key is refused everywhere after that. */
const holdMs = 3_000;
const keysMax = 1_000;
/** Of 10 connections: whoever makes up keys keeps the others waiting, and nobody else. */
const lookupsMax = 2;
const waitMs = 1_000;
/** A use is noted once in that time, by each process. */
const noteEveryMs = 60_000;

const unreachable = 'MySQL is unreachable, and only there it stands whether the API key is good. Try again shortly.';

/**
 * Checks API keys against MySQL, at most once in 3 s for each id, good or made up. When a key was used is written
 * afterwards, on nobody's time.
 */
export function createKeyCheck(db: Db, log: Logger, nowMs: () => number = Date.now): KeyCheck {
  const lookups = createPermits(lookupsMax);
  const find = rememberBriefly(
    async (id) => {
      if (!(await lookups.take(waitMs))) throw new Fault('overloaded', 'Too many API keys are looked up. Try again.');
      try {
        return await findApiKey(db, id);
      } finally {
        lookups.giveBack();
      }
    },
    { holdMs: holdAnswers(holdMs), keysMax },
  );

  const notedAtMs = new Map<string, number>();
  const noteUse = (id: string, atMs: number): void => {
    if (atMs - (notedAtMs.get(id) ?? -Infinity) < noteEveryMs) return;
    if (notedAtMs.size >= keysMax) notedAtMs.clear();
    notedAtMs.set(id, atMs);
    noteApiKeyUse(db, id, atMs).catch((err: unknown) => {
      notedAtMs.delete(id);
      log.debug({ event: 'key_use_not_noted', keyId: id, err }, 'when an API key was used could not be written');
    });
  };

  /** `isIts`: whether whoever asks has the key with this row. */
  const judge = async (id: string, isIts: (row: ApiKeyRow) => boolean): Promise<KeyVerdict> => {
    const row = await inAnswerTime(find(id), unreachable).catch((err: unknown) => {
      throw asUnavailable(err, unreachable);
    });
    // Only to who has the key is told what became of it.
    if (row === null || !isIts(row)) return { ok: false, why: 'unknown' };
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

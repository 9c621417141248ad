import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { listClaims, type ClaimRow } from '../../core/claims/claim-rows.ts';
import { openCoder } from '../../core/claims/code.ts';
import { findRound } from '../../core/events/event-rows.ts';
import type { Db } from '../../core/mysql/open-db.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import type { Answer } from '../../proof/checker/answer.ts';
import { judgeSale } from '../../proof/checker/judge-sale.ts';
import type { SaleFindingKind } from '../../proof/checker/sale.ts';
import { isUnitStrategy } from './strategy-families.ts';

export type PastRound = {
  eventId: string;
  round: number;
  /** The claims of that round, and all answers without a claim. */
  answers: Answer[];
  /** How many claims there must be. Default: any number. */
  issued?: number;
  /** Kinds of finding to ignore, because the test itself causes them. */
  except?: SaleFindingKind[];
};

/**
 * Checks that a round is over after a reset: its answers and the claims in MySQL keep the promises, Redis has no key of
 * the round, and its unsold coupons stay unsold. If units can be returned, some serials may have no owner.
 */
export async function expectPastRound(redis: Redis, db: Db, past: PastRound): Promise<ClaimRow[]> {
  const { eventId, round, answers, except = [] } = past;
  const event = await findRound(db, eventId, round);
  if (event === null) throw new Error(`There is no round ${round} of ${eventId}.`);
  expect(event.currentRound).toBeGreaterThan(round);
  const mysql = await listClaims(db, { eventId, round, limit: 100_000 });
  const units = isUnitStrategy(event.strategy);
  const taken = new Set(mysql.map(({ serial }) => serial));
  const below = Array.from({ length: mysql.at(-1)?.serial ?? 0 }, (_, i) => i + 1);
  const verdicts = judgeSale({
    ...{ decidedBy: 'mysql', round, issued: mysql.length, clockErrorMs: 5, answers },
    ...{ stock: event.roundRow.stock, opensAtMs: event.roundRow.opensAtMs },
    returned: new Set(units ? below.filter((serial) => !taken.has(serial)) : []),
    reserved: new Set(),
    regiven: new Set(units ? below : []),
    claims: { winners: [], outbox: [], mysql },
  });
  // The round is no longer in Redis, so the findings say that its claims are missing from Redis.
  const expected = new Set<string>(['missing_in_redis', ...except]);
  const findings = verdicts.flatMap((verdict) => verdict.findings).filter(({ kind }) => !expected.has(kind));
  expect(findings).toEqual([]);
  if (past.issued !== undefined) expect(mysql).toHaveLength(past.issued);
  const codeOf = openCoder(event.roundRow.codeKey);
  expect(mysql.filter(({ code, serial, userId }) => code !== codeOf(serial, userId))).toEqual([]);
  const { gate: _gate, ...parts } = roundKeys(eventId, round);
  expect(await redis.exists(...Object.values(parts))).toBe(0);
  expect(await db.claimFault.count({ where: { eventId, round } })).toBe(0);
  return mysql;
}

import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Db } from '../../core/mysql/open-db.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import type { Answer } from '../../proof/checker/answer.ts';
import { judgeSale } from '../../proof/checker/judge-sale.ts';
import type { SaleFindingKind } from '../../proof/checker/sale.ts';
import { readRound, type RoundInStores } from '../../proof/flash-sale/read-claims.ts';
import { tallyClaims } from './claims-tally.ts';

export type EndedSale = {
  eventId: string;
  /** The stock and the opening time that the event has at the end of the sale. */
  stock: number;
  opensAtMs: number;
  answers: Answer[];
  /** How many claims there must be. */
  issued: number;
  /** Kinds of finding to ignore, because the test itself causes them. */
  except?: SaleFindingKind[];
  /** Whether the test paused or closed the event. Default: false. */
  stopped?: boolean;
  /** How many claims of the sale `claim_faults` must contain. Default: 0. */
  setAside?: number;
  /** How many rows of `claim_faults` must be about data that was never a claim. Default: 0. */
  foreign?: number;
};

/** Clients, servers and stores share this machine's clock, but each rounds its time separately. */
const clockErrorMs = 5;

/**
 * Checks that the answers, Redis and MySQL keep the four promises. There must be exactly `issued` claims, and their
 * codes must follow from the round's key. Their serials must be the lowest ones, except for returned serials that
 * nobody has. No outbox entry and no attempt may be left. If MySQL decides the event, Redis must have no key for the
 * event.
 */
export async function expectPromises(redis: Redis, db: Db, sale: EndedSale): Promise<RoundInStores> {
  const { eventId, stock, opensAtMs, answers, issued, except = [], setAside = 0, foreign = 0 } = sale;
  const stored = await readRound(redis, db, eventId);
  tallyClaims(stored, { expected: issued - setAside, answers });
  const verdicts = judgeSale({ ...stored, stock, opensAtMs, clockErrorMs, answers });
  const findings = verdicts
    .flatMap((verdict) => verdict.findings)
    .filter(({ kind }) => !except.includes(kind))
    .filter(({ kind }) => setAside === 0 || kind !== 'missing_in_db');
  expect(findings).toEqual([]);
  const unseen = verdicts.flatMap(({ reasons }) => reasons);
  if (sale.stopped !== true) expect(unseen).toEqual([]);

  const { winners, outbox, mysql } = stored.claims;
  expect({ issued: stored.issued, redis: winners.length, outbox: outbox.length, mysql: mysql.length }).toEqual({
    ...{ issued, redis: stored.decidedBy === 'redis' ? issued : 0, outbox: 0, mysql: issued - setAside },
  });
  if (setAside === 0)
    expect(mysql.map(({ serial }) => serial)).toEqual(
      firstSerials(issued, new Set([...stored.returned, ...stored.reserved])),
    );
  expect(mysql.filter(({ code, serial, userId }) => code !== stored.codeOf(serial, userId))).toEqual([]);
  const keys = roundKeys(eventId, stored.round);
  expect(await redis.exists(keys.attempts, keys.holders)).toBe(0);
  if (stored.decidedBy === 'mysql') expect(await redis.exists(...Object.values(keys))).toBe(0);
  expect(await db.claimFault.count({ where: { eventId } })).toBe(setAside + foreign);
  return stored;
}

function firstSerials(count: number, returned: ReadonlySet<number>): number[] {
  const serials: number[] = [];
  for (let serial = 1; serials.length < count; serial += 1) if (!returned.has(serial)) serials.push(serial);
  return serials;
}

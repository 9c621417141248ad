import type { Redis } from 'ioredis';
import { highestSerial, listClaims } from '../../core/claims/claim-rows.ts';
import { openCoder, type Coder } from '../../core/claims/code.ts';
import type { KnownClaim } from '../../core/compare/compare-claims.ts';
import { engineOf } from '../../core/engines/engines.ts';
import { readOutbox } from '../../core/engines/stream/outbox.ts';
import { readRegiven, readUnits } from '../../core/engines/units/unit-scripts.ts';
import { findEvent } from '../../core/events/event-rows.ts';
import { type StrategyName } from '../../core/events/event.ts';
import { reservedAmong } from '../../core/events/reserved-serials.ts';
import { parseWinner } from '../../core/gate/gate-scripts.ts';
import { readGate } from '../../core/gate/gate.ts';
import type { Db } from '../../core/mysql/open-db.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import type { Sale } from '../checker/sale.ts';

/** An event's current round in both stores. If MySQL decides, the part from Redis is empty. */
export type RoundInStores = Pick<Sale, 'decidedBy' | 'round' | 'issued' | 'returned' | 'reserved' | 'regiven'> & {
  strategy: StrategyName;
  /** Computes a claim's code. */
  codeOf: Coder;
  claims: { winners: KnownClaim[]; outbox: KnownClaim[]; mysql: KnownClaim[] };
};

const pageSize = 1_000;

/**
 * Reads a whole round from the stores. Throws if the event does not exist, or if Redis decides it but has no gate for
 * it.
 */
export async function readRound(redis: Redis, db: Db, eventId: string): Promise<RoundInStores> {
  const event = await findEvent(db, eventId);
  if (event === null) throw new Error(`There is no event ${eventId} in MySQL.`);
  const { strategy, currentRound: round } = event;
  if (engineOf(strategy).outOfRedis(event) === 'not_used') {
    const issued = await highestSerial(db, eventId, round);
    const mysql = await readRows(db, eventId, round);
    return {
      strategy,
      decidedBy: 'mysql',
      round,
      issued,
      returned: new Set(),
      reserved: new Set(),
      regiven: new Set(),
      codeOf: openCoder(event.roundRow.codeKey),
      claims: { winners: [], outbox: [], mysql },
    };
  }
  const gate = await readGate(redis, eventId);
  if (gate === null) throw new Error(`Event ${eventId} has no gate in Redis any more, so its sale can't be judged.`);
  const codeOf = openCoder(gate.codeKey);
  const winners = await readWinners(redis, eventId, gate.round, codeOf);
  const taken = new Set(winners.map(({ serial }) => serial));
  const kept = [...reservedAmong(gate.reserved, [{ from: 1, to: gate.issued }])];
  const reserved = new Set(kept.filter((serial) => !taken.has(serial)));
  return {
    strategy,
    decidedBy: 'redis',
    round: gate.round,
    issued: gate.issued - reserved.size,
    reserved,
    returned: new Set((await readUnits(redis, roundKeys(eventId, gate.round))).returned),
    regiven: await readRegiven(redis, roundKeys(eventId, gate.round)),
    codeOf,
    claims: {
      winners,
      outbox: await readWaiting(redis, eventId, gate.round, codeOf),
      mysql: await readRows(db, eventId, gate.round),
    },
  };
}

async function readWinners(redis: Redis, eventId: string, round: number, codeOf: Coder): Promise<KnownClaim[]> {
  // Keyed by user, because a scan may return a field twice.
  const winners = new Map<string, KnownClaim>();
  const scan = redis.hscanStream(roundKeys(eventId, round).winners, { count: pageSize });
  for await (const page of scan as AsyncIterable<string[]>) {
    for (let i = 0; i + 1 < page.length; i += 2) {
      const [userId = '', value = ''] = [page[i], page[i + 1]];
      const { serial, claimedAtMs } = parseWinner(value);
      winners.set(userId, { userId, serial, claimedAtMs, code: codeOf(serial, userId) });
    }
  }
  return [...winners.values()];
}

async function readWaiting(redis: Redis, eventId: string, round: number, codeOf: Coder): Promise<KnownClaim[]> {
  const entries = await readOutbox(redis, eventId, round, Number.MAX_SAFE_INTEGER);
  return entries.flatMap(({ firstSerial, claimedAtMs, userIds }) =>
    userIds.map((userId, i) => {
      const serial = firstSerial + i;
      return { userId, serial, claimedAtMs, code: codeOf(serial, userId) };
    }),
  );
}

async function readRows(db: Db, eventId: string, round: number): Promise<KnownClaim[]> {
  const rows: KnownClaim[] = [];
  for (let afterSerial = 0; ;) {
    const page = await listClaims(db, { eventId, round, afterSerial, limit: pageSize });
    for (const { serial, userId, code, claimedAtMs } of page) rows.push({ serial, userId, code, claimedAtMs });
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return rows;
    afterSerial = last.serial;
  }
}

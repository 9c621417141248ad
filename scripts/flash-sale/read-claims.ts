import type { Redis } from 'ioredis';
import { openCoder } from '../../core/code.ts';
import { roundKeys } from '../../core/keys.ts';
import { listClaims } from '../../core/mysql/claim-rows.ts';
import type { Db } from '../../core/mysql/open-db.ts';
import type { KnownClaim } from '../../core/proof/compare-claims.ts';
import { readGate, type Gate } from '../../core/redis/gate.ts';
import { parseWinner } from '../../core/redis/gate-scripts.ts';
import { readOutbox } from '../../core/redis/outbox.ts';

/** A round as both stores hold it. */
export type RoundInStores = {
  gate: Gate;
  claims: { winners: KnownClaim[]; outbox: KnownClaim[]; mysql: KnownClaim[] };
};

const pageSize = 1_000;

/** Reads a round whole, past the API. Throws when its gate is not in Redis. */
export async function readRound(redis: Redis, db: Db, eventId: string): Promise<RoundInStores> {
  const gate = await readGate(redis, eventId);
  if (gate === null) throw new Error(`Event ${eventId} has no gate in Redis any more, so there is nothing to judge.`);
  return {
    gate,
    claims: {
      winners: await readWinners(redis, eventId, gate),
      outbox: await readWaiting(redis, eventId, gate),
      mysql: await readRows(db, eventId, gate.round),
    },
  };
}

async function readWinners(redis: Redis, eventId: string, gate: Gate): Promise<KnownClaim[]> {
  // By user, because a scan may show a field twice.
  const winners = new Map<string, KnownClaim>();
  const scan = redis.hscanStream(roundKeys(eventId, gate.round).winners, { count: pageSize });
  for await (const page of scan as AsyncIterable<string[]>) {
    for (let i = 0; i + 1 < page.length; i += 2) {
      const [userId = '', value = ''] = [page[i], page[i + 1]];
      winners.set(userId, withCode(gate, { userId, ...parseWinner(value) }));
    }
  }
  return [...winners.values()];
}

async function readWaiting(redis: Redis, eventId: string, gate: Gate): Promise<KnownClaim[]> {
  const entries = await readOutbox(redis, eventId, gate.round, Number.MAX_SAFE_INTEGER);
  return entries.flatMap(({ firstSerial, claimedAtMs, userIds }) =>
    userIds.map((userId, i) => withCode(gate, { userId, serial: firstSerial + i, claimedAtMs })),
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

/** Redis keeps no codes; what a claim's code must be follows from the round's key. */
function withCode(gate: Gate, claim: Omit<KnownClaim, 'code'>): KnownClaim {
  return { ...claim, code: openCoder(gate.codeKey)(claim.serial, claim.userId) };
}

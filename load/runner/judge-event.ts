import type { Redis } from 'ioredis';
import type { Db } from '../../core/mysql/open-db.ts';
import { judgeSale, type PromiseVerdict } from '../../proof/checker/judge-sale.ts';
import { awaitPersisted } from '../../proof/flash-sale/await-persisted.ts';
import { readRound } from '../../proof/flash-sale/read-claims.ts';
import type { StoreClock } from '../../proof/flash-sale/store-clock.ts';
import type { LoadAnswer } from './answers.ts';
import type { LoadEvent } from './load-event.ts';

/** The verdict on an event, from the answers, Redis and MySQL. */
export type JudgedEvent = {
  eventId: string;
  stock: number;
  answers: number;
  issued: number;
  persisted: number;
  promises: PromiseVerdict[];
  verdict: PromiseVerdict['verdict'];
};

/** Waits until MySQL has every claim that it will get, then compares the answers with Redis and MySQL. */
export async function judgeEvent(sale: {
  event: LoadEvent;
  answers: LoadAnswer[];
  clock: StoreClock;
  redis: Redis;
  db: Db;
  signal: AbortSignal;
}): Promise<JudgedEvent> {
  const { event, clock, redis, db, signal } = sale;
  await awaitPersisted(redis, event.id, event.round, signal);
  const stored = await readRound(redis, db, event.id);
  const answers = sale.answers.map((answer) => ({
    ...answer,
    sentAtMs: answer.sentAtMs + clock.offsetMs,
    receivedAtMs: answer.receivedAtMs + clock.offsetMs,
  }));
  const { stock, opensAtMs } = event;
  const promises = judgeSale({ ...stored, stock, opensAtMs, clockErrorMs: clock.errorMs, answers });
  return {
    eventId: event.id,
    stock,
    answers: answers.length,
    issued: stored.issued,
    persisted: stored.claims.mysql.length,
    promises,
    verdict: worstOf(promises.map(({ verdict }) => verdict)),
  };
}

/** Returns 'broken' if any verdict is broken, else 'unknown' if any is unknown, else 'held'. */
export function worstOf(verdicts: PromiseVerdict['verdict'][]): PromiseVerdict['verdict'] {
  return (['broken', 'unknown'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'held';
}

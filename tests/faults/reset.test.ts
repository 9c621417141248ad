import { describe, expect, it } from 'vitest';
import { readGate } from '../../core/gate/gate.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import type { Answer } from '../../proof/checker/answer.ts';
import { expectPastRound } from '../support/expect-past-round.ts';
import { expectPromises } from '../support/expect-promises.ts';
import {
  createEvent,
  crowdAt,
  scriptSha,
  someUsers,
  startWorker,
  tokenOf,
  useApi,
  useDirect,
  type ApiProcess,
  type TestEvent,
} from '../support/system.ts';
import { useTcpProxy } from '../support/tcp-proxy.ts';
import { useTestStores } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Resets a sale while real processes serve it and some of them die. Each round issues exactly its stock, and claims
 * that are still on their way stay in their round.
 */
const stores = useTestStores();
const direct = useDirect(() => stores);
const redisProxy = useTcpProxy(() => Number(new URL(stores.redisUrl).port));
const hurt = useApi(() => ({ ...stores, redisUrl: redisProxy.through(stores.redisUrl) }));
const other = useApi(() => stores);

const reset = (api: ApiProcess, event: TestEvent, next: { opensAtMs: number; stock: number; requestId: string }) =>
  api.client(tokenOf('boss', 'admin')).admin.event.reset.mutate({
    ...{ eventId: event.id, confirm: 'Sale in a storm', stock: next.stock, requestId: next.requestId },
    opensAt: new Date(next.opensAtMs).toISOString(),
  });

/** A round's answers. For the last round, these also include all answers without a claim. */
const toldIn = (answers: Answer[], round: number, last = false): Answer[] =>
  answers.filter(({ outcome }) => (outcome.status === 'issued' ? outcome.round === round : last));

const firstRoundOut = (event: TestEvent) => {
  const { gate: _gate, ...parts } = roundKeys(event.id, 1);
  const isOut = async () => (await direct.redis.exists(...Object.values(parts))) === 0;
  return waitFor(isOut, { what: 'the first round to leave Redis', limitMs: 40_000 });
};

async function proveBoth(event: TestEvent, next: TestEvent, before: Answer[]): Promise<void> {
  await waitFor(() => Date.now() > next.opensAtMs + 20, { what: 'the opening of the second round' });
  const crowd = crowdAt([other], event, { userIds: someUsers(next.stock + 20) });
  await crowd.done;
  await firstRoundOut(event);
  const { outbox } = roundKeys(event.id, 2);
  await waitFor(async () => (await direct.redis.xlen(outbox)) === 0, { what: 'the claims in MySQL', limitMs: 40_000 });
  const unclear = before.filter(({ outcome }) => outcome.status === 'unknown' || outcome.status === 'busy');
  const first = [...toldIn(before, 1), ...unclear];
  await expectPastRound(direct.redis, direct.db, {
    eventId: event.id,
    round: 1,
    answers: first,
    except: ['opened_late'],
  });
  await expectPromises(direct.redis, direct.db, {
    ...{ eventId: event.id, stock: next.stock, opensAtMs: next.opensAtMs, issued: next.stock },
    ...{ answers: [...toldIn(before, 2, true), ...crowd.answers], except: ['opened_late'] },
  });
}

describe('a reset in the middle of a sale', () => {
  it('neither loses nor adds a claim in either round, even if two processes request the reset at once and no worker runs until both have answered', async () => {
    const event = await createEvent(other, { stock: 2_000 });
    const crowd = crowdAt([other, hurt], event, { userIds: someUsers(600), overMs: 1_500 });
    await crowd.untilIssued(150);
    // The opening is late enough for both answers to come first, even on a busy machine.
    const next = { id: event.id, stock: 60, opensAtMs: Date.now() + 6_000 };
    const replies = await Promise.all([other, hurt].map((api) => reset(api, event, { ...next, requestId: 'once' })));
    expect(replies.map(({ round, phase, issued }) => ({ round, phase, issued }))).toEqual([
      { round: 2, phase: 'scheduled', issued: 0 },
      { round: 2, phase: 'scheduled', issued: 0 },
    ]);
    await crowd.done;
    await using _worker = await startWorker(stores);
    await proveBoth(event, next, crowd.answers);
  });

  it('leaves the sale running until the worker completes the reset, if the process that began the reset dies before it reaches Redis', async () => {
    const event = await createEvent(other, { stock: 2_000 });
    const crowd = crowdAt([other], event, { userIds: someUsers(300), overMs: 1_000 });
    await crowd.untilIssued(50);
    const sha = scriptSha('begin-round');
    const { promise: held, resolve } = Promise.withResolvers<void>();
    redisProxy.onRequest = (chunk) => {
      if (!chunk.includes(sha)) return 'pass';
      resolve();
      return 'lose';
    };
    const next = { id: event.id, stock: 40, opensAtMs: Date.now() + 1_000 };
    const asked = reset(hurt, event, { ...next, requestId: 'dies' }).catch((err: unknown) => err);
    await held;
    await hurt.process.kill9();
    expect(await asked).toBeInstanceOf(Error);
    await crowd.done;
    redisProxy.onRequest = undefined;
    redisProxy.cut();
    expect(await readGate(direct.redis, event.id)).toMatchObject({ round: 1 });
    const late = crowdAt([other], event, { userIds: someUsers(5) });
    await late.done;
    expect(new Set(late.answers.map(({ outcome }) => outcome.status))).toEqual(new Set(['issued']));

    await using _worker = await startWorker(stores);
    await waitFor(async () => (await readGate(direct.redis, event.id))?.round === 2, {
      ...{ what: 'the gate to reach the second round', limitMs: 40_000 },
    });
    expect(await reset(other, event, { ...next, requestId: 'dies' })).toMatchObject({ round: 2, stock: 40 });
    await proveBoth(event, next, [...crowd.answers, ...late.answers]);
    await hurt.restart();
  });
});

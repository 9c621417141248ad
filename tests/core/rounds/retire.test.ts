import { describe, expect, it } from 'vitest';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { matchWinners } from '../../../core/engines/gated/winner-match.ts';
import { findRound } from '../../../core/events/event-rows.ts';
import { readGate } from '../../../core/gate/gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { retireRound } from '../../../core/rounds/finish-round.ts';
import { singleLink } from '../../../core/redis/redis-links.ts';
import { createLog } from '../../../core/runtime/log.ts';
import type { Stores } from '../../../core/stores/stores.ts';
import { createHandlers } from '../../../worker/handlers.ts';
import { tester, useLab, users } from '../../support/lab.ts';
import { resetRowsAndDie } from '../../support/reset-rows-and-die.ts';

/** A round leaves Redis only once MySQL has all of its claims and nothing is left to sell. */
const lab = useLab();

const redis = () => lab.first.stores.redis.system.client;
const db = () => lab.first.stores.db;
const rowOf = async (eventId: string, round = 1) => {
  const event = await findRound(db(), eventId, round);
  if (event === null) throw new Error('no event');
  return event;
};
const inRedis = async (eventId: string, round = 1): Promise<boolean> =>
  (await redis().exists(roundKeys(eventId, round).winners)) === 1;
/**
 * Runs sweeps that retire a finished round at once. The delay is minus one minute, because the process only estimates
 * Redis's clock, and on a busy machine the estimated time may be before the last claim.
 */
const sweepTimes = async (times: number): Promise<void> => {
  for (let i = 0; i < times; i += 1) await lab.sweep(-60_000);
};
const reconcile = (eventId: string, repair = false) => lab.first.admin.reconcile({ eventId, repair }, tester);

/** Inserts a row with the serial of a claim that MySQL does not have yet, as if somebody had inserted it by hand. */
async function intrude(eventId: string, serial: number, userId = 'intruder'): Promise<void> {
  const claimedAt = new Date(lab.first.clock.nowMs());
  const code = `BY-HAND-${serial}-${Math.random().toString(36).slice(2, 8)}`;
  await db().claim.create({
    data: { eventId, round: 1, serial, userId, code, claimedAt, persistedAt: claimedAt },
  });
}

/**
 * A sold-out event of five claims. MySQL has another user's row with the serial of the third claim, so the drain sets
 * that claim aside.
 */
async function withSetAside(): Promise<{ eventId: string; third: string; told: ClaimOutcome }> {
  const { eventId } = await lab.createEvent({ stock: 5 });
  await intrude(eventId, 3);
  const answers = new Map<string, ClaimOutcome>();
  for (const user of users(5)) answers.set(user, await lab.claim(eventId, user));
  const [third, told] = [...answers].find(([, outcome]) => outcome.status === 'issued' && outcome.serial === 3) ?? [];
  if (third === undefined || told === undefined) throw new Error('nobody has serial 3');
  await lab.persisted({ eventId, round: 1 });
  expect(await redis().hgetall(roundKeys(eventId, 1).setAside)).toEqual({ [third]: 'serial_taken' });
  return { eventId, third, told };
}

async function settle(eventId: string, userId: string): Promise<void> {
  await db().claimFault.updateMany({
    where: { eventId, userId },
    data: { settledAt: new Date(), settledBy: 'kim', settledReason: 'told by phone' },
  });
  await redis().hdel(roundKeys(eventId, 1).setAside, userId);
}

function listening(): { stores: Stores; said: (event: string) => object[] } {
  const lines: object[] = [];
  const log = Object.create(createLog('worker', 'silent')) as Stores['log'];
  for (const level of ['error', 'warn', 'info'] as const) log[level] = (line: object) => void lines.push(line);
  const said = (event: string) => lines.filter((line) => 'event' in line && line.event === event);
  return { stores: { ...lab.first.stores, log }, said };
}

describe('a claim that MySQL could not store', () => {
  it('keeps its round in Redis, and its user keeps the claim', async () => {
    const { eventId, third, told } = await withSetAside();
    await sweepTimes(3);
    expect(await inRedis(eventId)).toBe(true);
    expect((await rowOf(eventId)).roundRow).toMatchObject({ verifiedAtMs: null, retiredAtMs: null });
    expect(await lab.submit(eventId, third)).toEqual({ ...told, replayed: true });
    expect(await lab.first.claims.mine(eventId, third)).toMatchObject({ serial: 3, state: 'accepted' });
    expect((await lab.first.health.check()).find(({ name }) => name === 'set_aside')).toMatchObject({ ok: false });
  });

  it('keeps its round in Redis even after a reset, until an operator has settled it', async () => {
    const { eventId, third } = await withSetAside();
    await lab.first.admin.reset({ eventId, confirm: 'Opening sale' }, tester);
    await sweepTimes(3);
    expect(await redis().hgetall(roundKeys(eventId, 1).setAside)).toEqual({ [third]: 'serial_taken' });
    expect((await reconcile(eventId)).findings).toMatchObject([{ kind: 'conflict' }, { kind: 'stale_round' }]);
    await settle(eventId, third);
    await sweepTimes(1);
    expect(await inRedis(eventId)).toBe(false);
    expect((await rowOf(eventId)).roundRow.unlinkedAtMs).not.toBeNull();
  });

  it('keeps its round in Redis even if Redis has lost the set-aside mark', async () => {
    const { eventId } = await withSetAside();
    await redis().del(roundKeys(eventId, 1).setAside);
    await sweepTimes(2);
    expect(await inRedis(eventId)).toBe(true);
  });

  it('keeps its round in Redis after a reset even if Redis has lost the winners', async () => {
    const { eventId } = await withSetAside();
    await resetRowsAndDie(lab, eventId);
    await redis().del(roundKeys(eventId, 1).winners);
    await sweepTimes(3);
    expect((await rowOf(eventId)).roundRow).toMatchObject({ retiredAtMs: null, unlinkedAtMs: null });
    expect(await redis().exists(roundKeys(eventId, 1).setAside)).toBe(1);
  });

  it('stops keeping its round in Redis once it is settled, and nobody else gets its serial after a top-up', async () => {
    const { eventId } = await lab.createEvent({ stock: 2 });
    await intrude(eventId, 9, 'last');
    await lab.claim(eventId, 'first');
    await lab.claim(eventId, 'last');
    await lab.persisted({ eventId, round: 1 });
    await db().claim.deleteMany({ where: { eventId, serial: 9 } });
    expect(await redis().hgetall(roundKeys(eventId, 1).setAside)).toEqual({ last: 'duplicate_user' });
    await sweepTimes(2);
    expect(await inRedis(eventId)).toBe(true);
    await settle(eventId, 'last');
    await sweepTimes(1);
    expect(await inRedis(eventId)).toBe(false);
    expect((await rowOf(eventId)).roundRow.retiredCounter).toBe(2);
    await lab.first.admin.topUp({ eventId, add: 1 }, tester);
    await expect.poll(() => lab.submit(eventId, 'new')).toMatchObject({ status: 'issued', serial: 3 });
    expect(await lab.submit(eventId, 'last')).toMatchObject({ status: 'issued', serial: 2, replayed: true });
    expect(await redis().exists(roundKeys(eventId, 1).setAside)).toBe(0);
    await lab.persisted({ eventId, round: 1 });
    await sweepTimes(2);
    expect(await inRedis(eventId)).toBe(false);
  });

  it('is logged once as the reason why its round stays in Redis', async () => {
    const { eventId } = await withSetAside();
    const { stores: heard, said } = listening();
    const handlers = createHandlers(heard, lab.first.jobs, 1);
    for (let i = 0; i < 3; i += 1) await handlers.sweep({});
    expect(said('round_set_aside').filter((line) => 'eventId' in line && line.eventId === eventId)).toHaveLength(1);
  });
});

describe('comparing winners and rows one by one', () => {
  it.each([
    ['another user', { userId: 'somebody-else' }],
    ['another code', { code: 'FORGED' }],
    ['another time', { claimedAt: new Date(1) }],
  ])('keeps a round in Redis if a row has %s, even though the counts agree', async (_what, change) => {
    const { eventId } = await lab.createEvent({ stock: 3 });
    for (const user of users(3)) await lab.claim(eventId, user);
    await lab.persisted({ eventId, round: 1 });
    const code = 'code' in change ? `${change.code}-${eventId.slice(-6)}` : undefined;
    await db().claim.updateMany({ where: { eventId, serial: 2 }, data: { ...change, ...(code && { code }) } });
    await sweepTimes(3);
    expect(await inRedis(eventId)).toBe(true);
    expect((await rowOf(eventId)).roundRow.verifiedAtMs).toBeNull();
    expect(await matchWinners(lab.first.stores, await rowOf(eventId))).toMatchObject({ winners: 3, unstored: 1 });
  });

  it('keeps a round in Redis if a row has no winner', async () => {
    const { eventId } = await lab.createEvent({ stock: 3 });
    for (const user of users(2)) await lab.claim(eventId, user);
    await lab.persisted({ eventId, round: 1 });
    await lab.first.admin.close({ eventId }, tester);
    await intrude(eventId, 3);
    await sweepTimes(3);
    expect(await inRedis(eventId)).toBe(true);
  });

  it('continues at the next sweep if it takes too long, and ends if the sweep is stopped', async () => {
    const { eventId } = await lab.createEvent({ stock: 2_500 });
    await lab.race(eventId, users(2_500));
    await lab.persisted({ eventId, round: 1 });
    const event = await rowOf(eventId);
    const memory = new Map();
    let pages = 0;
    const client = watching(redis(), 'hmget', () => {
      pages += 1;
    });
    const alive = lab.first.stores;
    const slow = { ...alive, redis: singleLink({ ...alive.redis.system, client }) };
    const options = { memory, walkSliceMs: 0 };
    expect(await retireRound(slow, event, options)).toBe(false);
    expect(pages).toBe(1);
    expect(await retireRound(slow, event, options)).toBe(false);
    expect(pages).toBe(2);
    const stopped = AbortSignal.abort();
    expect(await retireRound(slow, event, { memory, signal: stopped })).toBe(false);
    expect(await retireRound(slow, event, { memory })).toBe(true);
    expect(pages).toBe(3);
    expect(await inRedis(eventId)).toBe(false);
  });
});

/** The client, with a callback that runs when one particular command is sent. */
function watching<Client extends object>(client: Client, command: string, notice: () => void): Client {
  return new Proxy(client, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (name === command) notice();
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

describe('a top-up during a retirement', () => {
  async function soldOut(strategy: 'redis-stream' | 'redis-counter' | 'redis-counter-set' = 'redis-stream') {
    const { eventId } = await lab.createEvent({ stock: 2, strategy });
    for (const user of ['a', 'b']) await lab.claim(eventId, user);
    await lab.persisted({ eventId, round: 1 });
    return eventId;
  }

  /** Commits a top-up to MySQL, and dies before it updates the gate. */
  async function topUpAndDie(eventId: string): Promise<void> {
    await db().event.update({ where: { id: eventId }, data: { version: 2 } });
    await db().round.updateMany({ where: { eventId }, data: { stock: 3, verifiedAt: null } });
  }

  it.each(['redis-stream', 'redis-counter', 'redis-counter-set'] as const)(
    'sells the added coupons with %s, even if the process died after changing the row and before changing the gate',
    async (strategy) => {
      const eventId = await soldOut(strategy);
      await topUpAndDie(eventId);
      await sweepTimes(3);
      expect(await readGate(redis(), eventId)).toMatchObject({ stock: 3, issued: 2 });
      expect((await rowOf(eventId)).roundRow.retiredAtMs).toBeNull();
      expect(await lab.claim(eventId, 'c')).toMatchObject({ status: 'issued', serial: 3 });
    },
  );

  it('is reported by a reconcile if an earlier version left its round out of Redis, and the sweep rebuilds the round', async () => {
    const stuck = await soldOut();
    const repaired = await soldOut();
    const over = await soldOut();
    await sweepTimes(1);
    for (const eventId of [stuck, repaired, over]) {
      expect(await readGate(redis(), eventId)).toBeNull();
      await db().round.updateMany({ where: { eventId }, data: { retiredCounter: null } });
    }
    for (const eventId of [stuck, repaired]) await topUpAndDie(eventId);
    expect(await reconcile(stuck)).toMatchObject({ verdict: 'drift', findings: [{ kind: 'config_drift', count: 1 }] });
    expect(await reconcile(over)).toMatchObject({ verdict: 'clean' });
    expect(await reconcile(repaired, true)).toMatchObject({ verdict: 'clean', repaired: 1 });
    expect(await lab.claim(repaired, 'c')).toMatchObject({ status: 'issued', serial: 3 });
    await lab.sweep();
    await expect.poll(() => lab.submit(stuck, 'c')).toMatchObject({ status: 'issued', serial: 3 });
    expect(await reconcile(stuck)).toMatchObject({ verdict: 'clean' });
    expect(await redis().exists(gateKey(over))).toBe(0);
    expect((await rowOf(over)).roundRow.retiredCounter).toBe(2);
  });

  it('does not rebuild a closed round that an earlier version left out of Redis', async () => {
    const eventId = await soldOut();
    await sweepTimes(1);
    await db().round.updateMany({ where: { eventId }, data: { retiredCounter: null } });
    await topUpAndDie(eventId);
    await db().round.updateMany({ where: { eventId }, data: { closedAt: new Date() } });
    expect(await reconcile(eventId)).toMatchObject({ verdict: 'clean' });
    await sweepTimes(1);
    expect((await rowOf(eventId)).roundRow).toMatchObject({ rebuildingAtMs: null, retiredCounter: 2 });
  });
});

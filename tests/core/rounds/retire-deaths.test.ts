import { expect, it } from 'vitest';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { findRound, type EventRow } from '../../../core/events/event-rows.ts';
import type { StrategyName } from '../../../core/events/event.ts';
import { retireRoundInRedis } from '../../../core/gate/retire-scripts.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { retireRound } from '../../../core/rounds/finish-round.ts';
import { deathMessage, isAt, steppedStores, type Moment } from '../../support/dying-stores.ts';
import { inTurns } from '../../support/in-turns.ts';
import { tester, useLab } from '../../support/lab.ts';

/**
 * At each step of the retirement of a sold-out round, the process dies, or somebody changes the event, or both. Every
 * user who was told "issued" must keep the claim, and unsold coupons must remain on sale.
 */
const lab = useLab();

type Change = 'nothing' | 'topUp' | 'pause' | 'close' | 'reset';
type Plan = { change: Change; changeAt: Moment; deathAt: Moment | null };

const never: Moment = { step: Infinity, when: 'before' };
const winners = ['a', 'b'];

async function soldOut(strategy: StrategyName): Promise<{ event: EventRow; outcomes: ClaimOutcome[] }> {
  const { eventId } = await lab.createEvent({ stock: 2, strategy });
  const outcomes = [];
  for (const user of winners) outcomes.push(await lab.claim(eventId, user));
  await lab.persisted({ eventId, round: 1 });
  return { event: await rowOf(eventId), outcomes };
}

async function rowOf(eventId: string, round = 1): Promise<EventRow> {
  const event = await findRound(lab.first.stores.db, eventId, round);
  if (event === null) throw new Error('no event');
  return event;
}

function make(change: Change, eventId: string): Promise<unknown> {
  const { admin } = lab.first;
  switch (change) {
    case 'nothing':
      return Promise.resolve();
    case 'topUp':
      return admin.topUp({ eventId, add: 1 }, tester);
    case 'pause':
      return admin.pause({ eventId }, tester);
    case 'close':
      return admin.close({ eventId }, tester);
    case 'reset':
      return admin.reset({ eventId, confirm: 'Opening sale' }, tester);
  }
}

/**
 * Retires a round according to a plan, and makes the planned change during the retirement or right after it. Resolves
 * to the number of steps.
 */
async function retireBy(event: EventRow, { change, changeAt, deathAt }: Plan): Promise<number> {
  const made: Promise<unknown>[] = [];
  const hook = (when: Moment['when']) => async (step: { count: number; inTransaction: boolean }) => {
    if (isAt(changeAt, step.count, when)) {
      made.push(make(change, event.eventId));
      // The change may wait for a lock that this process's transaction holds.
      if (!step.inTransaction) await Promise.all(made);
    }
    if (isAt(deathAt, step.count, when)) throw new Error(deathMessage);
  };
  const hurt = steppedStores(lab.first.stores, { before: hook('before'), after: hook('after') });
  await retireRound(hurt.stores, event).catch((err: unknown) => {
    if (!(err instanceof Error && err.message === deathMessage)) throw err;
  });
  if (made.length === 0) made.push(make(change, event.eventId));
  await Promise.all(made);
  return hurt.steps();
}

type Played = { event: EventRow; outcomes: ClaimOutcome[]; plan: Plan };

/** Retires one event for each plan, lets other processes finish the work on all events, and checks the promises. */
async function playAll(strategy: StrategyName, plans: Plan[]): Promise<void> {
  const played: Played[] = [];
  for (const plan of plans) {
    const sale = await soldOut(strategy);
    await naming(strategy, plan, () => retireBy(sale.event, plan));
    played.push({ ...sale, plan });
  }
  for (let i = 0; i < 3; i += 1) await lab.sweep(0);
  expect((await lab.first.health.check()).filter(({ name, ok }) => !ok && name === 'lost_gates')).toEqual([]);
  await inTurns(played, (one) => naming(strategy, one.plan, () => expectKept(one)));
  for (const { event } of played) await lab.persisted({ eventId: event.eventId, round: 1 });
  for (let i = 0; i < 2; i += 1) await lab.sweep(0);
  await inTurns(played, (one) => naming(strategy, one.plan, () => expectRetired(one)));
}

async function naming(strategy: StrategyName, plan: Plan, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new Error(`${strategy} does not survive ${JSON.stringify(plan)}`, { cause });
  }
}

/**
 * Checks that each user has what the answers promised and that unsold coupons can be bought, and then closes the event.
 */
async function expectKept({ event: { eventId }, outcomes, plan: { change } }: Played): Promise<void> {
  expect(await lab.first.admin.reconcile({ eventId, repair: false }, tester)).toMatchObject({ verdict: 'clean' });
  const rows = await lab.persisted({ eventId, round: 1 });
  expect(rows.map(({ userId, serial }) => ({ userId, serial }))).toEqual([
    { userId: 'a', serial: 1 },
    { userId: 'b', serial: 2 },
  ]);
  if (change !== 'reset') {
    for (const [i, user] of winners.entries()) {
      expect(await lab.submit(eventId, user)).toEqual({ ...outcomes[i], replayed: true });
    }
  }
  const expected = { nothing: 'sold_out', topUp: 'issued', pause: 'paused', close: 'closed', reset: 'paused' } as const;
  // For up to a second, a process may repeat an earlier answer from MySQL.
  await expect
    .poll(() => lab.submit(eventId, 'c'), { timeout: 20_000 })
    .toMatchObject({ status: expected[change], ...(change === 'topUp' && { serial: 3 }) });
  if (change !== 'close') await lab.first.admin.close({ eventId }, tester);
}

async function expectRetired({ event: { eventId }, plan: { change } }: Played): Promise<void> {
  expect((await rowOf(eventId)).roundRow.unlinkedAtMs).not.toBeNull();
  expect(await lab.first.stores.db.claim.count({ where: { eventId, round: 1 } })).toBe(change === 'topUp' ? 3 : 2);
}

async function countSteps(strategy: StrategyName): Promise<number> {
  const { event } = await soldOut(strategy);
  return retireBy(event, { change: 'nothing', changeAt: never, deathAt: null });
}

/** This time is long enough for dozens of events, each of which is swept several times. */
const limitMs = 180_000;
const numbersTo = (highest: number): number[] => Array.from({ length: highest }, (_, i) => i + 1);

it.each(['before', 'after'] as const)(
  'a process that dies %s any step of a retirement loses nothing',
  { timeout: limitMs },
  async (when) => {
    const steps = await countSteps('redis-stream');
    expect(steps).toBeGreaterThan(15);
    const plans = numbersTo(steps).map((step) => ({ deathAt: { step, when }, changeAt: never }));
    await playAll(
      'redis-stream',
      plans.map((plan) => ({ change: 'nothing', ...plan })),
    );
  },
);

it.each(['topUp', 'pause', 'close', 'reset'] as const)(
  'a %s takes effect at any step of a retirement',
  { timeout: limitMs },
  async (change) => {
    const steps = numbersTo(await countSteps('redis-stream'));
    await playAll(
      'redis-stream',
      steps.map((step) => ({ change, changeAt: { step, when: 'after' }, deathAt: null })),
    );
  },
);

it.each(['redis-stream', 'redis-counter', 'redis-counter-set'] as const)(
  '%s loses nothing if a change and a death come at random steps of a retirement',
  { timeout: limitMs },
  async (strategy) => {
    const seed = Number(process.env['RETIRE_SEED'] ?? Date.now() % 1_000_000);
    const draw = drawer(seed);
    const steps = await countSteps(strategy);
    const plans = numbersTo(20).map((): Plan => {
      const change = (['topUp', 'pause', 'close', 'reset'] as const)[draw(4)] ?? 'topUp';
      const at = 1 + draw(steps);
      const moment = (step: number): Moment => ({ step, when: draw(2) === 0 ? 'before' : 'after' });
      return { change, changeAt: moment(at), deathAt: moment(at + draw(steps - at + 1)) };
    });
    await playAll(strategy, plans).catch((cause: unknown) => {
      throw new Error(`It failed with RETIRE_SEED=${seed}.`, { cause });
    });
  },
);

it('if a claim is set aside after its round was marked as retired, the mark is removed, and a late script changes nothing', async () => {
  const { event, outcomes } = await soldOut('redis-stream');
  const { eventId } = event;
  const { client } = lab.first.stores.redis.system;
  const { setAside, winners: winnersKey } = roundKeys(eventId, 1);
  const marked = async (): Promise<number | null> => (await rowOf(eventId)).roundRow.retiredAtMs;
  const dieBeforeEnd = async ({ name }: { name: string }): Promise<void> => {
    if (name === 'redis.evalsha' && (await marked()) !== null) throw new Error('the process died here');
  };
  const hurt = steppedStores(lab.first.stores, { before: dieBeforeEnd, after: () => Promise.resolve() });
  await expect(retireRound(hurt.stores, event)).rejects.toThrow('the process died here');
  const token = String(await marked());
  const late = () =>
    retireRoundInRedis(client, 'end', { eventId, round: 1, version: event.version, winners: 2, token });

  await client.hset(setAside, 'a', 'serial_taken');
  await lab.sweep(0);
  expect(await marked()).toBeNull();
  expect((await rowOf(eventId)).roundRow.retiredCounter).toBeNull();
  await client.hdel(setAside, 'a');
  expect(await late()).toEqual({ kind: 'refused', why: 'unmarked' });
  expect(await client.exists(winnersKey)).toBe(1);
  expect(await lab.submit(eventId, 'a')).toEqual({ ...outcomes[0], replayed: true });
  await lab.sweep(0);
  expect(await marked()).not.toBeNull();
  expect(await client.exists(winnersKey)).toBe(0);
  expect(await lab.submit(eventId, 'a')).toEqual({ ...outcomes[0], replayed: true });
});

/** Returns random whole numbers below `limit`. The same seed gives the same numbers. */
function drawer(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

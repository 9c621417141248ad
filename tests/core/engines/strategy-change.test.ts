import { describe, expect, it } from 'vitest';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import { realStrategyNames, type StrategyName } from '../../../core/events/event.ts';
import { readGate } from '../../../core/gate/gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { seedRound } from '../../../core/rounds/seed-round.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { openLab, tester, useLab, users, type Lab } from '../../support/lab.ts';
import { useTestStores } from '../../support/use-stores.ts';

/**
 * An event's strategy can change until the event is seeded, so a process may still remember the old one. Even then, the
 * process must decide by the current strategy.
 */
const stores = useTestStores();
/** The process that makes the change. */
const current = useLab({ stores });
/** The process that read the event before the change. */
const stale = useLab({ stores });

const redis = () => current.first.stores.redis.system.client;
const { admin, nowMs } = { admin: () => current.first.admin, nowMs: () => current.first.clock.nowMs() };
const issued = (outcomes: ClaimOutcome[]) => outcomes.filter(({ status }) => status === 'issued');

/** Creates an event that opens in an hour, and lets the stale process read it. */
async function learned(strategy: StrategyName, stock = 12): Promise<string> {
  const { eventId } = await current.createEvent({ stock, strategy, opensAtMs: nowMs() + 3_600_000 });
  expect(await stale.first.claims.submit(eventId, 'early')).toMatchObject({ status: 'not_open' });
  return eventId;
}

async function prove(eventId: string, sale: Parameters<Lab['prove']>[1]): Promise<void> {
  current.answersOf(eventId).push(...stale.answersOf(eventId));
  await current.prove(eventId, sale);
}

const pairs = realStrategyNames.flatMap((from) => realStrategyNames.map((to) => ({ from, to })));

describe.each(pairs)('an event that is changed from $from to $to just as it opens', ({ from, to }) => {
  it('issues exactly its stock, even through a process that remembers the old strategy', async () => {
    const eventId = await learned(from);
    await admin().update({ eventId, strategy: to, opensAtMs: nowMs() }, tester);
    const first = await stale.claim(eventId, 'first');
    expect(first).toMatchObject({ status: 'issued', serial: 1 });
    expect(await stale.first.claims.mine(eventId, 'first')).toMatchObject({ serial: 1 });
    const outcomes = await Promise.all([stale.race(eventId, users(20)), current.race(eventId, users(10))]);
    expect(issued(outcomes.flat())).toHaveLength(11);
    await prove(eventId, { issued: 12 });
    expect((await admin().reconcile({ eventId, repair: false }, tester)).findings).toEqual([]);
  });

  it('shows a claim to its user in a process that remembers the old strategy', async () => {
    const eventId = await learned(from);
    await admin().update({ eventId, strategy: to, opensAtMs: nowMs() }, tester);
    const { serial, code } = (await current.claim(eventId, 'first')) as ClaimOutcome & { status: 'issued' };
    expect(await stale.first.claims.mine(eventId, 'first')).toMatchObject({ serial, code });
    expect(await stale.claim(eventId, 'first')).toMatchObject({ status: 'issued', serial, code, replayed: true });
  });
});

describe.each([
  { from: 'redis-stream', to: 'redis-counter' },
  { from: 'redis-counter', to: 'redis-counter-set' },
  { from: 'redis-counter-set', to: 'db-lock' },
  { from: 'redis-lock', to: 'db-named-lock' },
  { from: 'db-lock', to: 'redis-stream' },
] as const)('while $from becomes $to,', ({ from, to }) => {
  it('a crowd that keeps asking both processes gets exactly the stock', async () => {
    const eventId = await learned(from, 30);
    const askUntilOpen = async (lab: Lab, userId: string): Promise<ClaimOutcome> => {
      for (;;) {
        const outcome = await lab.claim(eventId, userId);
        if (outcome.status !== 'not_open') return outcome;
      }
    };
    const crowd = [stale, current].flatMap((lab) => users(25).map((userId) => askUntilOpen(lab, userId)));
    await admin().update({ eventId, strategy: to, opensAtMs: nowMs() }, tester);
    expect(issued(await Promise.all(crowd))).toHaveLength(30);
    // Until the change is committed, the row says that the event opens in an hour, although the new opening time has
    // passed.
    await prove(eventId, { issued: 30, except: ['wrong_opening_told', 'refused_after_opening', 'opened_late'] });
  });

  it('either the gate is made first and the change is refused, or the change is made first and the gate gets the new strategy', async () => {
    for (let turn = 0; turn < 8; turn += 1) {
      const { eventId } = await current.createEvent({ strategy: from, opensAtMs: nowMs() + 3_600_000 });
      const [changed] = await Promise.allSettled([
        admin().update({ eventId, strategy: to }, tester),
        seedRound(stale.first.stores, eventId, 1),
      ]);
      if (changed.status === 'rejected') expect(changed.reason).toMatchObject({ code: 'conflict' });
      await seedRound(stale.first.stores, eventId, 1);
      const event = await findEvent(current.first.stores.db, eventId);
      expect(event?.strategy).toBe(changed.status === 'fulfilled' ? to : from);
      const gate = await readGate(redis(), eventId);
      if (gate !== null) expect(gate.strategy).toBe(event?.strategy);
      await expect(admin().update({ eventId, strategy: 'redis-spin-lock' }, tester)).rejects.toThrow(Fault);
    }
  });
});

describe('a process without an event’s strategy', () => {
  it('leaves the gate unchanged if a newer version made it', async () => {
    const { eventId } = await current.createEvent({ strategy: 'redis-stream' });
    expect(await current.claim(eventId, 'first')).toMatchObject({ serial: 1 });
    await redis().hset(gateKey(eventId), 'strategy', 'of-tomorrow');
    await current.first.stores.db.event.update({ where: { id: eventId }, data: { strategy: 'of-tomorrow' } });
    const gate = await redis().hgetall(gateKey(eventId));
    // `current` has already looked up the event; `stale` sees it for the first time.
    for (const lab of [current, stale]) {
      await expect(lab.submit(eventId, 'second')).rejects.toMatchObject({ code: 'unavailable' });
      await expect(lab.first.claims.mine(eventId, 'second')).rejects.toMatchObject({ code: 'unavailable' });
    }
    expect(await redis().hgetall(gateKey(eventId))).toEqual(gate);
    expect(await redis().hlen(roundKeys(eventId, 1).winners)).toBe(1);
  });

  it('leaves the row unchanged if the row names a newer version’s strategy', async () => {
    const { eventId, round } = await current.createEvent({ strategy: 'db-lock' });
    expect(await current.claim(eventId, 'first')).toMatchObject({ serial: 1 });
    await current.first.stores.db.event.update({ where: { id: eventId }, data: { strategy: 'of-tomorrow' } });
    await expect(current.submit(eventId, 'second')).rejects.toMatchObject({ code: 'unavailable' });
    expect(await current.persisted({ eventId, round })).toHaveLength(1);
  });

  it('decides nothing if the strategy is switched off', async () => {
    await using safe = await openLab(stores, { env: { FIRSTCOME_UNSAFE: '' } });
    const { eventId } = await current.createEvent({ strategy: 'redis-stream', opensAtMs: nowMs() + 3_600_000 });
    expect(await safe.submit(eventId, 'early')).toMatchObject({ status: 'not_open' });
    await admin().update({ eventId, strategy: 'unsafe', opensAtMs: nowMs() }, tester);
    await expect(safe.submit(eventId, 'late')).rejects.toMatchObject({ code: 'unavailable' });
    expect(await redis().exists(roundKeys(eventId, 1).winners)).toBe(0);
  });
});

it('the control strategy decides only events that name it', async () => {
  const { eventId } = await current.createEvent({ stock: 5, strategy: 'unsafe', opensAtMs: nowMs() + 3_600_000 });
  await expect(stale.submit(eventId, 'early')).rejects.toMatchObject({ code: 'unavailable' });
  await admin().update({ eventId, strategy: 'redis-counter-set', opensAtMs: nowMs() }, tester);
  expect(issued(await stale.race(eventId, users(20)))).toHaveLength(5);
  await prove(eventId, { issued: 5 });
});

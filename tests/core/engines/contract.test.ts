import { describe, expect, it, vi } from 'vitest';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { realStrategyNames } from '../../../core/events/event.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { openLab, tester, useLab, users } from '../../support/lab.ts';
import { isUnitStrategy } from '../../support/strategy-families.ts';
import { useTestStores } from '../../support/use-stores.ts';

/**
 * Every strategy keeps this contract. Three platforms stand in for three processes. Callers who get "busy" ask again, as
 * clients do.
 */
// A strategy that locks decides hundreds of claims one after the other, which takes a long time on a slow server or a
// busy machine. The tests still notice a hang much earlier, because a lab gives up when no more claims are decided.
vi.setConfig({ testTimeout: 120_000 });

const issued = (outcomes: ClaimOutcome[]) => outcomes.filter((outcome) => outcome.status === 'issued');
const countByStatus = (outcomes: ClaimOutcome[]) => {
  const counts: Record<string, number> = {};
  for (const { status } of outcomes) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const bySerial = (a: { serial: number }, b: { serial: number }): number => a.serial - b.serial;
const stores = useTestStores();

describe.each(realStrategyNames)('%s', (strategy) => {
  const lab = useLab({ stores, platformCount: 3, strategy });

  it('issues exactly the stock when 500 users race for 100 coupons in three processes', async () => {
    const event = await lab.createEvent({ stock: 100 });
    const outcomes = await lab.race(event.eventId, users(500));
    expect(countByStatus(outcomes)).toEqual({ issued: 100, sold_out: 400 });
    expect(
      issued(outcomes)
        .sort(bySerial)
        .map(({ serial }) => serial),
    ).toEqual(upTo(100));
    expect(new Set(issued(outcomes).map(({ code }) => code)).size).toBe(100);
    await lab.prove(event.eventId, { issued: 100 });
  });

  it('stores each claim once, with the same values that its user received', async () => {
    const event = await lab.createEvent({ stock: 400 });
    const everybody = users(300);
    const outcomes = await lab.race(event.eventId, everybody);
    const promised = outcomes
      .map((outcome, i) => ({ ...outcome, userId: everybody[i] }))
      .filter((o) => o.status === 'issued');
    const stored = await lab.persisted(event);
    expect(
      stored.map(({ serial, userId, code, claimedAtMs, round }) => ({ serial, userId, code, claimedAtMs, round })),
    ).toEqual(
      promised
        .sort(bySerial)
        .map(({ serial, userId, code, claimedAtMs, round }) => ({ serial, userId, code, claimedAtMs, round })),
    );
    expect(await lab.persisted(event)).toEqual(stored);
  });

  it('gives a user one claim, however many requests the user sends at once', async () => {
    const event = await lab.createEvent({ stock: 20 });
    const outcomes = await lab.race(
      event.eventId,
      [1, 2, 3, 4, 5].flatMap(() => ['a', 'b', 'c']),
    );
    const claims = new Set(issued(outcomes).map(({ serial, code, claimedAtMs }) => `${serial} ${code} ${claimedAtMs}`));
    expect(claims.size).toBe(3);
    expect(issued(outcomes).filter(({ replayed }) => !replayed)).toHaveLength(3);
    await lab.prove(event.eventId, { issued: 3 });
  });

  it('spends no extra stock on repeated clicks', async () => {
    const event = await lab.createEvent({ stock: 2 });
    await lab.race(event.eventId, ['a', 'a', 'a', 'a']);
    expect((await lab.claim(event.eventId, 'b')).status).toBe('issued');
    expect((await lab.claim(event.eventId, 'c')).status).toBe('sold_out');
    await lab.prove(event.eventId, { issued: 2 });
  });

  it('compares user ids byte by byte: Kim and kim are two users, and __proto__ is a third', async () => {
    const event = await lab.createEvent({ stock: 10 });
    const people = ['Kim', 'kim', 'a{b}', '__proto__', 'constructor', "';DROP", '"\\'];
    const outcomes = await lab.race(event.eventId, people);
    expect(countByStatus(outcomes)).toEqual({ issued: people.length });
    expect((await lab.persisted(event)).map(({ userId }) => userId).sort()).toEqual([...people].sort());
  });

  it('while a crowd keeps trying, accepts nobody before the opening, and accepts claims once it has opened', async () => {
    const opensAtMs = lab.first.clock.nowMs() + 700;
    const event = await lab.createEvent({ stock: 50, opensAtMs });
    const outcomes: ClaimOutcome[] = [];
    const crowd = users(40).map(async (user) => {
      for (;;) {
        const outcome = await lab.claim(event.eventId, user);
        outcomes.push(outcome);
        if (outcome.status !== 'not_open') return;
        expect(outcome.opensAtMs).toBe(opensAtMs);
        expect(outcome.serverTimeMs).toBeLessThan(opensAtMs);
      }
    });
    await Promise.all(crowd);
    const times = issued(outcomes).map(({ claimedAtMs }) => claimedAtMs);
    expect(countByStatus(outcomes)['not_open']).toBeGreaterThan(0);
    expect(times).toHaveLength(40);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(opensAtMs);
    await lab.prove(event.eventId, { issued: 40 });
  });

  it('gives out serials in the order in which claims arrive', async () => {
    const event = await lab.createEvent({ stock: 300 });
    const outcomes = await lab.race(event.eventId, users(300), 300);
    const times = issued(outcomes)
      .sort(bySerial)
      .map(({ claimedAtMs }) => claimedAtMs);
    // Unit strategies give a returned number to a later user, so a higher serial may have an earlier time.
    if (!isUnitStrategy(strategy)) expect(times).toEqual([...times].sort((a, b) => a - b));
    await lab.prove(event.eventId, { issued: 300 });
  });

  it('pauses and resumes, and shows winners their claims even during the pause', async () => {
    const { eventId } = await lab.createEvent();
    const won = await lab.claim(eventId, 'early');
    await lab.first.admin.pause({ eventId }, tester);
    expect(await lab.claim(eventId, 'late')).toEqual({ status: 'paused' });
    expect(await lab.claim(eventId, 'early')).toEqual({ ...won, replayed: true });
    expect((await lab.first.admin.pause({ eventId }, tester)).version).toBe(2);
    await lab.first.admin.resume({ eventId }, tester);
    expect((await lab.claim(eventId, 'late')).status).toBe('issued');
    await lab.prove(eventId, { issued: 2, stopped: true });
  });

  it('closes for good, but still shows winners their claims', async () => {
    const { eventId } = await lab.createEvent();
    const won = await lab.claim(eventId, 'early');
    await lab.first.admin.close({ eventId }, tester);
    expect(await lab.claim(eventId, 'late')).toEqual({ status: 'closed' });
    expect(await lab.claim(eventId, 'early')).toEqual({ ...won, replayed: true });
    await expect(lab.first.admin.resume({ eventId }, tester)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('closes automatically at the closing time', async () => {
    const nowMs = lab.first.clock.nowMs();
    const { eventId } = await lab.createEvent({ opensAtMs: nowMs - 900, closesAtMs: nowMs - 1 });
    expect(await lab.claim(eventId, 'late')).toEqual({ status: 'closed' });
  });

  it('reopens a sold-out event after a top-up, and continues with the next serial', async () => {
    const { eventId } = await lab.createEvent({ stock: 2 });
    const people = ['a', 'b', 'c'];
    const outcomes = await lab.race(eventId, people);
    const loser = people[outcomes.findIndex(({ status }) => status === 'sold_out')] ?? '';
    expect(await lab.first.admin.topUp({ eventId, add: 1 }, tester)).toMatchObject({ stock: 3, soldOutAtMs: null });
    expect(await lab.claim(eventId, loser)).toMatchObject({ status: 'issued', serial: 3 });
    expect(await lab.claim(eventId, 'd')).toEqual({ status: 'sold_out' });
  });

  it('issues exactly the raised stock if the stock is raised in the middle of a race', async () => {
    const event = await lab.createEvent({ stock: 50 });
    const [outcomes] = await Promise.all([
      lab.race(event.eventId, users(400)),
      lab.first.admin.topUp({ eventId: event.eventId, add: 50 }, tester),
    ]);
    const late = await lab.race(event.eventId, users(100));
    await lab.prove(event.eventId, { issued: 100, except: ['won_after_sold_out', 'won_and_lost'] });
    const serials = issued([...outcomes, ...late])
      .sort(bySerial)
      .map(({ serial }) => serial);
    expect(serials).toEqual(upTo(100));
  });

  it('shows a user no claim before the call, then an accepted claim, then a stored one', async () => {
    const event = await lab.createEvent();
    expect(await lab.first.claims.mine(event.eventId, 'a')).toBeNull();
    const won = await lab.claim(event.eventId, 'a');
    if (won.status !== 'issued') throw new Error(won.status);
    const { serial, code, claimedAtMs, round } = won;
    expect(await lab.first.claims.mine(event.eventId, 'a')).toMatchObject({ serial, code, claimedAtMs, round });
    await lab.persisted(event);
    expect(await lab.first.claims.mine(event.eventId, 'a')).toEqual({
      serial,
      code,
      claimedAtMs,
      round,
      state: 'persisted',
    });
    expect(await lab.first.claims.list('a')).toContainEqual(
      expect.objectContaining({ eventId: event.eventId, serial, code }),
    );
  });

  it('shows everybody correct counts', async () => {
    const event = await lab.createEvent({ stock: 5 });
    await lab.race(event.eventId, users(8));
    await lab.persisted(event);
    expect(await lab.first.admin.get(event.eventId)).toMatchObject({
      issued: 5,
      persisted: 5,
      outbox: 0,
      seeded: true,
    });
    const seen = await lab.first.events.get(event.eventId);
    expect(seen).toMatchObject({ issued: 5, stock: 5 });
    expect(seen.soldOutAtMs).not.toBeNull();
  });

  it('distinguishes an event that does not exist from one that is sold out', async () => {
    await expect(lab.submit('ev_nobody', 'a')).rejects.toMatchObject({ code: 'not_found' });
    await expect(lab.first.claims.mine('ev_nobody', 'a')).rejects.toThrow(Fault);
  });
});

it('the control strategy, which has no lock, breaks the contract', async () => {
  await using lab = await openLab(stores, { platformCount: 3, strategy: 'unsafe' });
  const { eventId } = await lab.createEvent({ stock: 20 });
  const outcomes = await Promise.all(users(300).map((user) => lab.submit(eventId, user)));
  const serials = issued(outcomes).map(({ serial }) => serial);
  expect(serials.length > 20 || new Set(serials).size < serials.length).toBe(true);
});

import { describe, expect, it } from 'vitest';
import type { ResetInput } from '../../../core/changes/inputs.ts';
import { realStrategyNames } from '../../../core/events/event.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { expectPastRound } from '../../support/expect-past-round.ts';
import { tester, useLab, users } from '../../support/lab.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

const stores = useTestStores();

describe.each(realStrategyNames)('%s', (strategy) => {
  const lab = useLab({ stores, platformCount: 2, strategy });

  const reset = (eventId: string, change: Partial<ResetInput> = {}) =>
    lab.first.admin.reset({ eventId, confirm: 'Opening sale', ...change }, tester);
  const sweptOut = (eventId: string, round: number) => {
    const { gate: _gate, ...parts } = roundKeys(eventId, round);
    const isOut = async () => {
      await lab.sweep();
      return (await lab.first.stores.redis.system.client.exists(...Object.values(parts))) === 0;
    };
    return waitFor(isOut, { what: `Redis to have no keys of round ${round}`, limitMs: 20_000 });
  };
  const { redis, db } = { redis: () => lab.first.stores.redis.system.client, db: () => lab.first.stores.db };

  it('opens the new round on time if the event is reset before the sale', async () => {
    const { eventId, version } = await lab.createEvent({ stock: 9, opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
    const opensAtMs = lab.first.clock.nowMs() + 700;
    const event = await reset(eventId, { opensAtMs, stock: 5 });
    expect(event).toMatchObject({ round: 2, stock: 5, opensAtMs, paused: false, closed: false, issued: 0 });
    expect(event.version).toBeGreaterThan(version);
    expect(await lab.claim(eventId, 'early')).toMatchObject({ status: 'not_open', opensAtMs });
    await waitFor(() => lab.first.clock.nowMs() > opensAtMs + 5, { what: 'the opening' });
    await lab.race(eventId, ['early', ...users(8)]);
    await lab.prove(eventId, { issued: 5 });
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: [], issued: 0 });
  });

  it('lets everybody win again, with new codes, if the event is reset after the sale, and keeps the first round as history', async () => {
    const { eventId } = await lab.createEvent({ stock: 3 });
    const everybody = users(6);
    await lab.race(eventId, everybody);
    const first = lab.answersOf(eventId).splice(0);
    const event = await reset(eventId);
    expect(event).toMatchObject({ round: 2, stock: 3, paused: true, issued: 0, soldOutAtMs: null, persisted: 0 });
    for (const platform of lab.platforms) {
      await expect.poll(() => platform.events.get(eventId)).toMatchObject({ round: 2, issued: 0, soldOutAtMs: null });
      expect(await platform.claims.mine(eventId, everybody[0] ?? '')).toBeNull();
      expect(await platform.claims.submit(eventId, everybody[0] ?? '')).toEqual({ status: 'paused' });
    }
    await lab.first.admin.resume({ eventId }, tester);
    await lab.race(eventId, everybody);
    await lab.prove(eventId, { issued: 3 });
    await sweptOut(eventId, 1);
    const past = await expectPastRound(redis(), db(), { eventId, round: 1, answers: first, issued: 3 });
    const present = await lab.persisted(event);
    const codes = new Set([...past, ...present].map(({ code }) => code));
    expect(codes.size).toBe(6);
    expect(await lab.first.admin.listClaims({ eventId, round: 1, limit: 10 }, tester)).toHaveLength(3);
    const winner = past[0]?.userId ?? '';
    const found = await lab.first.admin.findClaims({ userId: winner, eventId }, tester);
    expect(found.at(-1)).toMatchObject({ round: 1, serial: 1, code: past[0]?.code });
    expect((await lab.first.claims.list(winner)).some(({ round }) => round === 1)).toBe(true);
  });

  it('if the event is reset during the sale, keeps each issued coupon in the round that the answer to the claim named, and counts no unit twice', async () => {
    const { eventId } = await lab.createEvent({ stock: 2_000 });
    const crowd = lab.race(eventId, users(600), 1_200);
    const recorded = lab.answersOf(eventId);
    const issued = () => recorded.filter(({ outcome }) => outcome.status === 'issued').length;
    await waitFor(() => issued() > 20, { what: 'a sale under way', limitMs: 20_000 });
    // The opening is late enough for the reset to finish first, even on a busy machine.
    const opensAtMs = lab.first.clock.nowMs() + 2_000;
    const event = await reset(eventId, { opensAtMs, stock: 40 });
    const resetAtMs = Date.now();
    expect(event).toMatchObject({ round: 2, stock: 40, paused: false, issued: 0 });
    await crowd;
    await waitFor(() => lab.first.clock.nowMs() > opensAtMs + 5, { what: 'the opening' });
    await lab.race(eventId, users(60));

    const answers = recorded.splice(0);
    const ofRound = (round: number) =>
      answers.filter(({ outcome }) => (outcome.status === 'issued' ? outcome.round === round : round === 2));
    const unclear = answers.filter(({ outcome }) => outcome.status === 'unknown' || outcome.status === 'busy');
    // After the reset has returned, the previous round decides no claims. The 5 ms allow for differences between the
    // clocks.
    expect(ofRound(1).filter(({ sentAtMs }) => sentAtMs > resetAtMs + 5)).toEqual([]);
    recorded.push(...ofRound(2));
    await lab.prove(eventId, { issued: 40 });
    await sweptOut(eventId, 1);
    const past = await expectPastRound(redis(), db(), { eventId, round: 1, answers: [...ofRound(1), ...unclear] });
    expect(past.length).toBeGreaterThan(20);
    const winners = new Set(ofRound(1).map(({ userId }) => userId));
    if (unclear.length === 0) expect(past).toHaveLength(winners.size);
  });

  it('runs two simultaneous resets one after the other', async () => {
    const { eventId } = await lab.createEvent({ stock: 2 });
    await lab.race(eventId, ['a', 'b', 'c']);
    const first = lab.answersOf(eventId).splice(0);
    const both = await Promise.all(
      lab.platforms.map(({ admin }) => admin.reset({ eventId, confirm: 'Opening sale' }, tester)),
    );
    expect(
      both
        .map(({ round }) => round)
        .sort()
        .at(-1),
    ).toBe(3);
    expect(await lab.first.admin.resume({ eventId }, tester)).toMatchObject({ round: 3 });
    await lab.race(eventId, ['a', 'b', 'c']);
    await lab.prove(eventId, { issued: 2 });
    await sweptOut(eventId, 1);
    await sweptOut(eventId, 2);
    await expectPastRound(redis(), db(), { eventId, round: 1, answers: first, issued: 2 });
    await expectPastRound(redis(), db(), { eventId, round: 2, answers: [], issued: 0 });
  });
});

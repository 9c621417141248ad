import { describe, expect, it, vi } from 'vitest';
import type { CreateEventInput } from '../../../../core/changes/inputs.ts';
import type { ServedUser } from '../../../../core/engines/line/event-line.ts';
import { realStrategyNames } from '../../../../core/events/event.ts';
import { gateKey, roundKeys } from '../../../../core/redis/keys.ts';
import { inPieces } from '../../../../core/runtime/in-pieces.ts';
import { reconcileEvent } from '../../../../core/reconcile/reconcile-event.ts';
import { answered } from '../../../support/answered.ts';
import { findPastParts } from '../../../support/past-parts.ts';
import { tester, useLab, users } from '../../../support/lab.ts';
import { useTestStores } from '../../../support/use-stores.ts';
import { waitFor } from '../../../support/wait-for.ts';

vi.setConfig({ testTimeout: 60_000 });

/** The waiting line of two processes that share their stores. */
const stores = useTestStores();
const lab = useLab({ stores, platformCount: 2 });
const redis = () => lab.first.stores.redis.system.client;
const lined = (change: Partial<CreateEventInput> = {}) => lab.createEvent({ line: 'fifo', ...change });
const of = (at: number) => lab.platforms[at % lab.platforms.length] ?? lab.first;
const join = (eventId: string, userIds: readonly string[]) =>
  Promise.all(userIds.map((userId, at) => answered(() => of(at).line.join(eventId, userId))));
const statuses = (served: readonly ServedUser[]) => served.map(({ place }) => place.status);
const update = (eventId: string, change: object) => lab.first.admin.update({ eventId, ...change }, tester);

describe('an event with a line', () => {
  it('lets people claim only with a pass, and answers every other refusal and every replay first', async () => {
    const lineOpensAtMs = lab.first.clock.nowMs() - 500;
    const { eventId } = await lined({ stock: 1, lineOpensAtMs });
    expect(await lab.submit(eventId, 'stranger')).toEqual({ status: 'not_admitted', lineOpensAtMs });
    await join(eventId, ['kim']);
    await join(eventId, ['lee']);
    expect(await lab.submit(eventId, 'lee')).toEqual({ status: 'not_admitted', lineOpensAtMs });
    await lab.first.admin.pause({ eventId }, tester);
    expect(await lab.submit(eventId, 'stranger')).toEqual({ status: 'paused' });
    await lab.first.admin.resume({ eventId }, tester);
    expect(await lab.claim(eventId, 'kim')).toMatchObject({ status: 'issued', serial: 1, replayed: false });
    expect(await lab.claim(eventId, 'kim')).toMatchObject({ status: 'issued', serial: 1, replayed: true });
    expect(await lab.submit(eventId, 'lee')).toEqual({ status: 'sold_out' });
    await lab.first.admin.close({ eventId }, tester);
    expect(await lab.submit(eventId, 'lee')).toEqual({ status: 'closed' });
    expect(statuses([await of(1).line.join(eventId, 'park'), await of(0).line.look(eventId, 'kim')])).toEqual([
      'closed',
      'has_coupon',
    ]);
  });

  it('can be joined long before it opens, and calls nobody before that', async () => {
    const opensAtMs = lab.first.clock.nowMs() + 3_600_000;
    const { eventId } = await lined({ opensAtMs });
    const [first] = await join(eventId, ['kim']);
    const [second] = await join(eventId, ['lee']);
    expect([first?.place, second?.place]).toEqual([
      { status: 'waiting', place: 1 },
      { status: 'waiting', place: 2 },
    ]);
    expect(second?.state).toMatchObject({ phase: 'gathering', serving: 0 });
    expect(await lab.submit(eventId, 'kim')).toMatchObject({ status: 'not_open', opensAtMs });
    const later = await lined({ opensAtMs, lineOpensAtMs: opensAtMs - 600_000 });
    expect((await lab.first.line.join(later.eventId, 'kim')).place).toEqual({ status: 'not_open' });
    expect(await redis().exists(gateKey(later.eventId))).toBe(0);
  });

  it('sells exactly the stock to those who are first in line, and gives no more passes than coupons remain', async () => {
    const { eventId } = await lined({ stock: 40, admitPerSecond: 0 });
    const people = users(120);
    const places = new Map<string, number>();
    for (const piece of inPieces(people, 20)) {
      for (const { place } of await join(eventId, piece)) if (place.status !== 'waiting') throw new Error(place.status);
      for (const [at, served] of (await join(eventId, piece)).entries()) {
        if (served.place.status === 'waiting') places.set(piece[at] ?? '', served.place.place);
      }
    }
    expect([...places.values()].toSorted((a, b) => a - b)).toEqual(people.map((_, at) => at + 1));
    // Whoever joined in an earlier call is before those who joined in a later one.
    [...inPieces(people, 20)].forEach((piece, at) => {
      for (const userId of piece) expect(Math.ceil((places.get(userId) ?? 0) / 20)).toBe(at + 1);
    });
    await update(eventId, { admitPerSecond: null });
    const claimed = await Promise.all(
      people.map(async (userId, at) => {
        for (;;) {
          const { place, state } = await answered(() => of(at).line.look(eventId, userId));
          expect(state.inUse).toBeLessThanOrEqual(state.remaining ?? 0);
          if (place.status === 'admitted') return { userId, outcome: await lab.claim(eventId, userId) };
          if (state.phase === 'sold_out') return { userId, outcome: await lab.claim(eventId, userId) };
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }),
    );
    const winners = claimed.filter(({ outcome }) => outcome.status === 'issued').map(({ userId }) => userId);
    expect(winners.toSorted()).toEqual(people.filter((userId) => (places.get(userId) ?? 0) <= 40).toSorted());
    await lab.prove(eventId, { issued: 40 });
    await lab.sweep();
    const { verdict, findings } = await reconcileEvent(lab.first.stores, { eventId, repair: true }, tester);
    expect({ verdict, findings }).toEqual({ verdict: 'clean', findings: [] });
  });

  it('serves 10,000 joiners in bounded batches, each with a place of its own, and lets 100 of them buy', async () => {
    const { eventId } = await lined({ stock: 100, admitPerSecond: 0 });
    const people = users(10_000);
    const seen = new Set<number>();
    for (const piece of inPieces(people, 500)) {
      for (const { place } of await join(eventId, piece)) if (place.status === 'waiting') seen.add(place.place);
    }
    expect(seen.size).toBe(10_000);
    const bytes = Number(await redis().memory('USAGE', roundKeys(eventId, 1).waiting, 'SAMPLES', 0));
    expect(bytes / people.length).toBeLessThan(150);
    await update(eventId, { admitPerSecond: null });
    expect(await lab.first.line.advance(eventId)).toMatchObject({ serving: 100, inUse: 100, waiting: 9_900 });
    const admitted: string[] = [];
    for (const piece of inPieces(people, 500)) {
      const seenNow = await Promise.all(piece.map((userId, at) => answered(() => of(at).line.look(eventId, userId))));
      admitted.push(...piece.filter((_, at) => seenNow[at]?.place.status === 'admitted'));
    }
    expect(admitted).toHaveLength(100);
    const strangers = await Promise.all(people.slice(-200).map((userId) => lab.claim(eventId, userId)));
    expect(new Set(strangers.map(({ status }) => status))).toEqual(new Set(['not_admitted']));
    await Promise.all(admitted.map((userId) => lab.claim(eventId, userId)));
    await lab.prove(eventId, { issued: 100 });
    expect(await lab.first.line.serving(eventId)).toMatchObject({ phase: 'sold_out' });
  });

  it('calls nobody while it is paused, and gives a top-up to the next in line', async () => {
    const { eventId } = await lined({ stock: 1 });
    await join(eventId, ['kim']);
    await join(eventId, ['lee', 'park']);
    await lab.claim(eventId, 'kim');
    await lab.first.admin.pause({ eventId }, tester);
    await lab.first.admin.topUp({ eventId, add: 1 }, tester);
    expect(statuses([await of(0).line.look(eventId, 'lee')])).toEqual(['waiting']);
    await lab.first.admin.resume({ eventId }, tester);
    const called = (await Promise.all(['lee', 'park'].map((userId) => of(1).line.look(eventId, userId)))).filter(
      ({ place }) => place.status === 'admitted',
    );
    expect(called).toHaveLength(1);
    expect(await lab.submit(eventId, 'stranger')).toMatchObject({ status: 'not_admitted' });
  });

  it('drains when it is turned off, and then lets everybody claim', async () => {
    const { eventId } = await lined({ stock: 10, admitPerSecond: 0 });
    await join(eventId, ['kim']);
    await update(eventId, { line: 'off' });
    expect((await of(1).line.join(eventId, 'lee')).place).toEqual({ status: 'closing' });
    expect(await lab.submit(eventId, 'lee')).toMatchObject({ status: 'not_admitted' });
    await update(eventId, { admitPerSecond: null });
    expect((await of(1).line.look(eventId, 'kim')).place.status).toBe('admitted');
    await lab.claim(eventId, 'kim');
    expect((await of(0).line.look(eventId, 'lee')).place.status).toBe('off');
    expect(await lab.claim(eventId, 'lee')).toMatchObject({ status: 'issued', serial: 2 });
  });

  it('refuses to change its order once people are in it', async () => {
    const { eventId } = await lined({ stock: 10, admitPerSecond: 0 });
    await join(eventId, ['kim']);
    await expect(update(eventId, { line: 'shuffle' })).rejects.toMatchObject({
      code: 'conflict',
      problem: { code: 'line_in_use', params: { order: 'fifo' } },
    });
  });
});

describe('the keys of a line', () => {
  it('begin empty in the next round, and leave Redis with the round that a reset ends', async () => {
    const { eventId } = await lined({ stock: 5, admitPerSecond: 0 });
    await join(eventId, ['kim', 'lee']);
    await lab.first.admin.reset({ eventId, confirm: 'Opening sale' }, tester);
    await lab.first.admin.resume({ eventId }, tester);
    expect(await of(1).line.look(eventId, 'kim')).toMatchObject({ place: { status: 'out' }, state: { round: 2 } });
    expect((await of(0).line.join(eventId, 'park')).place).toEqual({ status: 'waiting', place: 1 });
    await waitFor(
      async () => {
        await lab.sweep();
        return (await findPastParts(redis(), eventId, 1)).length === 0;
      },
      { what: 'round 1 to leave Redis', limitMs: 20_000 },
    );
  });

  it('leave Redis with a round that is retired, and its users learn that it is over', async () => {
    const { eventId } = await lined({ stock: 1 });
    await join(eventId, ['kim', 'lee']);
    const winner = (await of(0).line.look(eventId, 'kim')).place.status === 'admitted' ? 'kim' : 'lee';
    await lab.claim(eventId, winner);
    await lab.persisted({ eventId, round: 1 });
    await waitFor(
      async () => {
        await lab.sweep(0);
        return (await redis().exists(...Object.values(roundKeys(eventId, 1)))) === 0;
      },
      { what: 'the round to leave Redis', limitMs: 20_000 },
    );
    const others = await Promise.all(['kim', 'lee'].map((userId) => of(1).line.join(eventId, userId)));
    expect(statuses(others).toSorted()).toEqual(['has_coupon', 'sold_out']);
  });

  it('stop the event if they are lost with the gate before the opening, instead of losing places silently', async () => {
    const { eventId } = await lined({ opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
    await join(eventId, ['kim']);
    await redis().del(...Object.values(roundKeys(eventId, 1)));
    await lab.sweep();
    for (const platform of lab.platforms) {
      await expect(platform.line.join(eventId, 'lee')).rejects.toMatchObject({ code: 'gate_lost' });
    }
    expect(await lab.first.admin.get(eventId)).toMatchObject({ gateLost: true });
    await reconcileEvent(lab.first.stores, { eventId, repair: true }, tester);
    await waitFor(
      async () => {
        const joined = await lab.first.line.join(eventId, 'lee').catch(() => null);
        return joined?.place.status === 'waiting';
      },
      { what: 'the repaired event to have an empty line' },
    );
    expect(await lab.first.admin.get(eventId)).toMatchObject({ paused: false, gateLost: false });
  });

  it('stop the event if only they are lost, until an operator turns the line off', async () => {
    const { eventId } = await lined({ stock: 2, admitPerSecond: 0 });
    await join(eventId, ['kim', 'lee']);
    const { line, waiting } = roundKeys(eventId, 1);
    await redis().del(line, waiting);
    for (const platform of lab.platforms) {
      const lost = { code: 'gate_lost', problem: { code: 'line_lost' } };
      await expect(platform.line.look(eventId, 'kim')).rejects.toMatchObject(lost);
      await expect(platform.claims.submit(eventId, 'kim')).rejects.toMatchObject(lost);
    }
    await update(eventId, { line: 'off' });
    expect(await lab.claim(eventId, 'kim')).toMatchObject({ status: 'issued' });
    await update(eventId, { line: 'fifo' });
    expect((await of(1).line.join(eventId, 'lee')).place).toEqual({ status: 'waiting', place: 1 });
  });
});

describe('strategies', () => {
  it.each(realStrategyNames.filter((name) => name !== 'redis-stream'))(
    '%s refuses a line when an event is created or changed, and names the strategies that have one',
    async (strategy) => {
      const refused = {
        code: 'bad_request',
        issues: [
          expect.objectContaining({
            path: ['line'],
            code: 'line_needs_strategy',
            params: { strategies: ['redis-stream'] },
          }),
        ],
      };
      await expect(lined({ strategy })).rejects.toMatchObject(refused);
      const { eventId } = await lab.createEvent({ strategy, opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
      await expect(update(eventId, { line: 'shuffle' })).rejects.toMatchObject(refused);
      const served = await lab.first.line.join(eventId, 'kim');
      expect(served).toMatchObject({ place: { status: 'off' }, state: { phase: 'off', remaining: null } });
    },
  );

  it('an event without a line answers `off`, and an unknown event is not found', async () => {
    const { eventId } = await lab.createEvent();
    expect(await lab.first.line.join(eventId, 'kim')).toMatchObject({
      place: { status: 'off' },
      state: { phase: 'off' },
    });
    await expect(lab.first.line.join('nobody-knows-it', 'kim')).rejects.toMatchObject({ code: 'not_found' });
    await expect(lab.first.line.serving('nobody-knows-it')).rejects.toMatchObject({ code: 'not_found' });
  });
});

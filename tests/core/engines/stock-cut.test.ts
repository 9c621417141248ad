import { describe, expect, it } from 'vitest';
import { createEventAdmin } from '../../../core/admin/event-admin.ts';
import { noLimits } from '../../../core/changes/approval.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import { realStrategyNames, type StrategyName } from '../../../core/events/event.ts';
import { readGate } from '../../../core/gate/gate.ts';
import { lockEvent } from '../../../core/gate/sync-gate.ts';
import type { AdminEventView } from '../../../core/views/event-view.ts';
import { openLab, tester, useLab, users } from '../../support/lab.ts';
import { isRowStrategy } from '../../support/strategy-families.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';
import { withoutCommits } from '../../support/without-commits.ts';

/**
 * One wrong digit must not end a sale. Therefore an admin who lowers the stock of an open event must type the event's
 * name.
 */
const stores = useTestStores();
const lab = useLab({ stores });

const admin = () => lab.first.admin;
const nowMs = () => lab.first.clock.nowMs();
const confirm = 'Opening sale';
const hourMs = 3_600_000;
/** Waits until 50 ms after the given time, so that both stores’ clocks have passed it. */
const waitUntil = (ms: number) => waitFor(() => Promise.resolve(nowMs() > ms + 50), { what: 'the given time' });

const asksForName = (from: number, to: number, issued: number) => ({
  code: 'bad_request',
  issues: [
    {
      path: ['confirm'],
      message: expect.stringMatching(
        new RegExp(
          `must be the event's name, because the event is open.* from ${from} to ${to}, with ${issued} issued`,
        ),
      ) as unknown,
    },
  ],
});
const otherName = { code: 'bad_request', issues: [{ path: ['confirm'], message: "is not the event's name" }] };

/** The event's stock in the row and in the gate. If the strategy has no gate, repeats the row's stock. */
async function stocksOf({ eventId, strategy }: Pick<AdminEventView, 'eventId' | 'strategy'>) {
  const row = await findEvent(lab.first.stores.db, eventId);
  const gate = await readGate(lab.first.stores.redis.system.client, eventId);
  const stock = row?.roundRow.stock;
  return { stock, version: row?.version, gate: !isRowStrategy(strategy) ? gate?.stock : stock };
}

/** The admin functions of a process whose clock is off by `offMs`. */
const withClockOff = (offMs: number) => {
  const { first } = lab;
  const clock = { ...first.clock, nowMs: () => first.clock.nowMs() + offMs };
  const strategies = new Set(realStrategyNames);
  return createEventAdmin({ ...first.stores, clock }, first.jobs, {
    strategies,
    approvals: noLimits,
    codes: { viewerSeesCodes: false },
  });
};

describe.each(realStrategyNames)('the stock of an open %s event', (strategy: StrategyName) => {
  it('can be cut only by an admin who types the event’s name, but raised without the name', async () => {
    const event = await lab.createEvent({ strategy, stock: 50 });
    const { eventId, version } = event;
    await lab.race(eventId, users(3));
    await expect(admin().update({ eventId, stock: 5 }, tester)).rejects.toMatchObject(asksForName(50, 5, 3));
    await expect(admin().update({ eventId, stock: 5, confirm: 'Other' }, tester)).rejects.toMatchObject(otherName);
    await expect(admin().update({ eventId, name: 'New', stock: 5, confirm: 'New' }, tester)).rejects.toMatchObject(
      otherName,
    );
    expect(await stocksOf(event)).toEqual({ stock: 50, version, gate: 50 });
    expect(await admin().update({ eventId, stock: 60 }, tester)).toMatchObject({ stock: 60 });
    const renamed = await admin().update({ eventId, name: 'New', stock: 5, confirm }, tester);
    expect(renamed).toMatchObject({ name: 'New', stock: 5 });
    expect(await stocksOf(event)).toMatchObject({ stock: 5, gate: 5 });
    await lab.race(eventId, users(8));
    await lab.prove(eventId, { issued: 5 });
  });

  it('cannot be cut without the name while the event is paused or sold out, and never below the number of issued claims', async () => {
    const event = await lab.createEvent({ strategy, stock: 4 });
    const { eventId } = event;
    await lab.race(eventId, users(2));
    await admin().pause({ eventId }, tester);
    await expect(admin().update({ eventId, stock: 3 }, tester)).rejects.toMatchObject(asksForName(4, 3, 2));
    await expect(admin().update({ eventId, stock: 1 }, tester)).rejects.toMatchObject({ code: 'conflict' });
    await expect(admin().update({ eventId, stock: 1, confirm }, tester)).rejects.toMatchObject({ code: 'conflict' });
    await admin().resume({ eventId }, tester);
    await lab.race(eventId, users(2));
    await admin().update({ eventId, stock: 6 }, tester);
    await expect(admin().update({ eventId, stock: 4 }, tester)).rejects.toMatchObject({
      issues: [{ path: ['confirm'], message: expect.stringMatching(/nobody else would get a coupon/) as unknown }],
    });
  });

  it('is cut once if the request is repeated, but the same request with another confirmation counts as a different request', async () => {
    const { eventId } = await lab.createEvent({ strategy, stock: 50 });
    const cut = { eventId, stock: 5, requestId: `cut-${strategy}` };
    await expect(admin().update(cut, tester)).rejects.toMatchObject(asksForName(50, 5, 0));
    const first = await admin().update({ ...cut, confirm }, tester);
    await admin().topUp({ eventId, add: 7 }, tester);
    const again = await admin().update({ ...cut, confirm }, tester);
    expect([first.stock, again.stock]).toEqual([5, 12]);
    await expect(admin().update(cut, tester)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('can be cut without the name before the opening, paused or not, but never with a wrong name', async () => {
    for (const opensAtMs of [nowMs() + 30_000, nowMs() + hourMs]) {
      const event = await lab.createEvent({ strategy, stock: 50, opensAtMs });
      const { eventId } = event;
      const refused = admin().update({ eventId, stock: 5, confirm: 'Other' }, tester);
      await expect(refused).rejects.toMatchObject(otherName);
      expect(await admin().update({ eventId, stock: 40 }, tester)).toMatchObject({ stock: 40 });
      await admin().pause({ eventId }, tester);
      expect(await admin().update({ eventId, stock: 30 }, tester)).toMatchObject({ stock: 30 });
    }
  });

  it('cannot be cut without the name if the change waited until after the opening, because the time of the change decides', async () => {
    const opensAtMs = nowMs() + 1_500;
    const event = await lab.createEvent({ strategy, stock: 50, opensAtMs });
    let late: Promise<unknown> = Promise.resolve();
    // Only half a second is left until the opening, because MySQL ends a wait for a lock after one second.
    await waitUntil(opensAtMs - 500);
    await lab.first.stores.db.$transaction(async (tx) => {
      await lockEvent(tx, event.eventId);
      late = expect(admin().update({ eventId: event.eventId, stock: 5 }, tester)).rejects.toMatchObject(
        asksForName(50, 5, 0),
      );
      await waitUntil(opensAtMs);
    });
    await late;
    expect(await stocksOf(event)).toMatchObject({ stock: 50, gate: 50 });
  });

  it('is protected according to the clock of the store that decides, not the process’s clock', async () => {
    const open = await lab.createEvent({ strategy, stock: 50 });
    const behind = withClockOff(-hourMs).update({ eventId: open.eventId, stock: 5 }, tester);
    await expect(behind).rejects.toMatchObject(asksForName(50, 5, 0));
    expect(await stocksOf(open)).toMatchObject({ stock: 50, gate: 50 });
    const scheduled = await lab.createEvent({ strategy, stock: 50, opensAtMs: nowMs() + 30_000 });
    const ahead = withClockOff(hourMs).update({ eventId: scheduled.eventId, stock: 5 }, tester);
    expect(await ahead).toMatchObject({ stock: 5 });
  });

  it('can be cut without the name while an approval is missing, because then the event does not open even at its opening time', async () => {
    const opensAtMs = nowMs() + 300;
    await using strict = await openLab(stores, { env: { APPROVAL_STOCK: '10' } });
    const { eventId } = await strict.createEvent({ strategy, stock: 50, opensAtMs });
    await waitUntil(opensAtMs);
    expect(await strict.first.admin.update({ eventId, stock: 40 }, tester)).toMatchObject({ stock: 40 });
  });
});

describe('a cut of an open event’s stock while MySQL fails', () => {
  it('does not reach the gate unless the admin confirmed it, and later reaches the row if the admin did', async () => {
    const event = await lab.createEvent({ stock: 50 });
    const { eventId } = event;
    const cut = { eventId, stock: 5, requestId: 'carried-cut' };
    await withoutCommits(lab.first.stores.db, async () => {
      await expect(admin().update(cut, tester)).rejects.toMatchObject(asksForName(50, 5, 0));
      expect(await stocksOf(event)).toMatchObject({ stock: 50, gate: 50 });
      await expect(admin().update({ ...cut, confirm }, tester)).rejects.toMatchObject({ code: 'unavailable' });
      expect(await stocksOf(event)).toMatchObject({ stock: 50, gate: 5 });
    });
    expect(await admin().update({ ...cut, confirm }, tester)).toMatchObject({ stock: 5 });
    expect(await stocksOf(event)).toMatchObject({ stock: 5, gate: 5 });
    await lab.sweep();
    expect(await stocksOf(event)).toMatchObject({ stock: 5, gate: 5 });
  });
});

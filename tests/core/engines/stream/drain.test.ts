import { describe, expect, it } from 'vitest';
import type { DrainOptions } from '../../../../core/engines/engine.ts';
import { drainOutbox } from '../../../../core/engines/stream/drain.ts';
import { outboxState } from '../../../../core/engines/stream/outbox.ts';
import type { Logger } from '../../../../core/runtime/log.ts';
import type { AdminEventView } from '../../../../core/views/event-view.ts';
import { createHandlers } from '../../../../worker/handlers.ts';
import { tester, useLab, users } from '../../../support/lab.ts';
import { waitFor } from '../../../support/wait-for.ts';

const lab = useLab();

const db = () => lab.first.stores.db;
const waiting = async ({ eventId }: AdminEventView) =>
  (await outboxState(lab.first.stores.redis.system.client, eventId, 1, '')).claims;
const submitAll = ({ eventId }: AdminEventView, everybody: string[]) =>
  Promise.all(everybody.map((user) => lab.submit(eventId, user)));

/** Starts `work`, and calls `meanwhile` while the first batch of `work` is waiting to be stored in MySQL. */
async function duringFirstBatch<T>(work: () => Promise<T>, meanwhile: () => Promise<unknown>): Promise<T> {
  const { working } = await db().$transaction(async (tx) => {
    await tx.$queryRaw`SELECT stock FROM rounds FOR UPDATE`;
    const working = work();
    const inserting = () => db().$queryRaw<unknown[]>`
      SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE '%INSERT INTO claims%JSON_TABLE%'
        AND id != CONNECTION_ID()`;
    await waitFor(async () => (await inserting()).length > 0, { what: 'a batch that waits for its round’s lock' });
    await meanwhile();
    return { working };
  });
  return working;
}

const drain = ({ eventId }: AdminEventView, options?: DrainOptions) =>
  drainOutbox(lab.first.stores, eventId, 1, options);

describe('a drain of the outbox', () => {
  it('also moves claims that arrive while the drain is running', async () => {
    const event = await lab.createEvent();
    await submitAll(event, ['a']);
    const drained = await duringFirstBatch(
      () => drain(event),
      () => submitAll(event, ['b']),
    );
    expect(drained).toEqual({ persisted: 2, setAside: 0 });
  });

  it('moves only the claims that were in the outbox at its start if other drains are waiting for it', async () => {
    const event = await lab.createEvent();
    await submitAll(event, ['a']);
    const drained = await duringFirstBatch(
      () => drain(event, { presentOnly: true }),
      () => submitAll(event, ['b']),
    );
    expect(drained).toEqual({ persisted: 1, setAside: 0 });
    expect(await waiting(event)).toBe(1);
    expect(await drain(event, { presentOnly: true })).toEqual({ persisted: 1, setAside: 0 });
    expect(await drain(event, { presentOnly: true })).toEqual({ persisted: 0, setAside: 0 });
  });

  it('ends, as part of a sweep, even if claims keep arriving', async () => {
    const event = await lab.createEvent();
    const [first] = await submitAll(event, ['a']);
    const claimedAtMs = first?.status === 'issued' ? first.claimedAtMs : NaN;
    await waitFor(() => lab.first.clock.nowMs() - claimedAtMs > 1_000, { what: 'a second to pass since the claim' });
    await duringFirstBatch(
      () => lab.sweep(),
      () => submitAll(event, ['b']),
    );
    expect(await waiting(event)).toBe(1);
    await drain(event);
  });

  it('stops after the current batch, and the next drain continues with the next batch', async () => {
    const event = await lab.createEvent({ stock: 2_000 });
    await submitAll(event, users(2_000));
    const stop = new AbortController();
    const handlers = createHandlers(lab.first.stores, lab.first.jobs, 86_400_000, stop.signal);
    await duringFirstBatch(
      () => handlers.drain({ eventId: event.eventId, round: 1 }),
      () => Promise.resolve(stop.abort()),
    );
    const left = await waiting(event);
    expect(left).toBeGreaterThan(0);
    expect(await drain(event)).toEqual({ persisted: left, setAside: 0 });
  });
});

describe('a difference between the stores in a closed round', () => {
  it('is logged once, and again only if it changes', async () => {
    const event = await lab.createEvent();
    const { eventId } = event;
    await submitAll(event, ['a', 'b', 'c']);
    await drain(event);
    await db().claim.deleteMany({ where: { eventId, serial: 2 } });
    await lab.first.admin.close({ eventId }, tester);
    let said = 0;
    const log = Object.assign(Object.create(lab.first.stores.log) as Logger, {
      error: ({ event: what, eventId: of }: { event: string; eventId: string }) => {
        if (what === 'round_differs' && of === eventId) said += 1;
      },
    });
    const handlers = createHandlers({ ...lab.first.stores, log }, lab.first.jobs, 86_400_000);
    for (let i = 0; i < 3; i += 1) await handlers.sweep({});
    expect(said).toBe(1);
    await db().claim.deleteMany({ where: { eventId, serial: 3 } });
    for (let i = 0; i < 3; i += 1) await handlers.sweep({});
    expect(said).toBe(2);
  });
});

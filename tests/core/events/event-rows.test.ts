import { describe, expect, it } from 'vitest';
import { listLiveRounds } from '../../../core/engines/engines.ts';
import {
  findEvent,
  findRound,
  listEvents,
  listPublicEvents,
  listRoundsToSeed,
  roundConfig,
} from '../../../core/events/event-rows.ts';
import { codeKey, openTestDb, putEvent, putRound, t0 } from '../mysql/fixtures.ts';
import { plainInfo } from './plain-info.ts';

const at = (offsetMs: number) => new Date(t0 + offsetMs);
const ids = (events: { eventId: string; roundRow: { round: number } }[]) =>
  events.map(({ eventId, roundRow }) => (roundRow.round === 1 ? eventId : `${eventId}/${roundRow.round}`));

describe('an event row', () => {
  it('is read with its current round, exactly as it was written', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e', {
      event: {
        name: '10,000원 할인 🎟',
        description: 'x',
        amount: 1_000_000_000_000n,
        timeZone: 'Asia/Seoul',
        round: 2,
        version: 7,
      },
    });
    await putRound(db, 'e', { round: 2, stock: 100_000_000, closesAt: at(60_000), paused: true, seededAt: at(1) });
    const event = await findEvent(db, 'e');
    expect(event).toEqual({
      ...plainInfo,
      ...{ eventId: 'e', name: '10,000원 할인 🎟', description: 'x', amount: 1_000_000_000_000 },
      ...{ strategy: 'redis-stream', timeZone: 'Asia/Seoul', listed: true, version: 7, currentRound: 2 },
      ...{ createdAtMs: t0, updatedAtMs: t0, approvalAmount: null, approvalStock: null },
      roundRow: {
        ...{
          eventId: 'e',
          round: 2,
          stock: 100_000_000,
          opensAtMs: t0,
          closesAtMs: t0 + 60_000,
          paused: true,
          codeKey,
        },
        ...{ closedAtMs: null, seededAtMs: t0 + 1, soldOutAtMs: null, firstClaimAtMs: null, verifiedAtMs: null },
        ...{ retiredAtMs: null, unlinkedAtMs: null, rebuildingAtMs: null, retiredCounter: null },
        ...{ trustedBy: null, trustCount: 0 },
        ...{ reserved: '', createdAtMs: t0, joinsFromMs: null },
        ...{ needsApproval: false, approvalAskedBy: null },
      },
    });
    expect(event && roundConfig(event)).toEqual({
      ...{
        round: 2,
        version: 7,
        heldOpensAtMs: null,
        stock: 100_000_000,
        opensAtMs: t0,
        closesAtMs: t0 + 60_000,
        paused: true,
        closed: false,
      },
    });
    expect(await findRound(db, 'e', 1)).toMatchObject({ currentRound: 2, roundRow: { round: 1, stock: 1_000 } });
  });

  it('is null if the event does not exist, even if the id of another event differs only in case', async () => {
    await using opened = await openTestDb();
    await putEvent(opened.db, 'e');
    expect(await findEvent(opened.db, 'E')).toBeNull();
    expect(await findRound(opened.db, 'e', 2)).toBeNull();
  });
});

describe('the list of events', () => {
  it('returns every event once, newest first, even while events are created', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    // Some events were created at the same instant, so their ids decide the order.
    const created = [0, 5, 5, 5, 9, 9, 20];
    for (const [index, offset] of created.entries())
      await putEvent(db, `e${index}`, { event: { createdAt: at(offset) } });
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await listEvents(db, { limit: 3, cursor });
      pages.push(ids(page.events));
      cursor = page.nextCursor ?? undefined;
      await putEvent(db, `late${pages.length}`, { event: { createdAt: at(1_000) } });
    } while (cursor !== undefined);
    expect(pages).toEqual([['e6', 'e5', 'e4'], ['e3', 'e2', 'e1'], ['e0']]);
  });

  it.each(['', 'x', '1.2.3', `1.${'a'.repeat(65)}`])('refuses %j as a cursor', async (cursor) => {
    await using opened = await openTestDb();
    await expect(listEvents(opened.db, { cursor, limit: 3 })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('leaves out events whose strategy this version does not know', async () => {
    await using opened = await openTestDb();
    await putEvent(opened.db, 'known');
    await putEvent(opened.db, 'unknown', { event: { strategy: 'quantum' } });
    expect(ids((await listEvents(opened.db, { limit: 10 })).events)).toEqual(['known']);
  });
});

describe('the public list of events', () => {
  it('contains at most 100 listed events that are not closed, ordered by opening time', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'later', { round: { opensAt: at(5_000) } });
    await putEvent(db, 'open', { round: { opensAt: at(-5_000), closesAt: at(1) } });
    await putEvent(db, 'paused', { round: { opensAt: at(-4_000), paused: true } });
    await putEvent(db, 'over', { round: { opensAt: at(-5_000), closesAt: at(0) } });
    await putEvent(db, 'closed', { round: { opensAt: at(-5_000), closedAt: at(-1) } });
    await putEvent(db, 'unlisted', { event: { listed: false } });
    expect(ids(await listPublicEvents(db, t0))).toEqual(['open', 'paused', 'later']);
    for (let index = 0; index < 100; index++) await putEvent(db, `n${index}`, { round: { opensAt: at(index) } });
    expect(await listPublicEvents(db, t0)).toHaveLength(100);
  });
});

describe('the sweep', () => {
  it('visits every round that may still be in Redis, even an old one', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'unseeded');
    await putEvent(db, 'live', { round: { seededAt: at(0) } });
    await putEvent(db, 'retiring', { round: { seededAt: at(0), retiredAt: at(1) } });
    await putEvent(db, 'retired', { round: { seededAt: at(0), retiredAt: at(1), unlinkedAt: at(2) } });
    await putEvent(db, 'rebuilt', {
      round: { seededAt: at(0), retiredAt: at(1), unlinkedAt: at(2), rebuildingAt: at(3) },
    });
    await putEvent(db, 'reset', { event: { round: 2 }, round: { seededAt: at(0) } });
    await putRound(db, 'reset', { round: 2, seededAt: at(0) });
    expect(ids(await listLiveRounds(db))).toEqual(['live', 'rebuilt', 'reset', 'reset/2', 'retiring']);
  });

  it('seeds current rounds that open soon, are not closed and have no gate', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'soon', { round: { opensAt: at(59_000) } });
    await putEvent(db, 'late', { round: { opensAt: at(-10_000) } });
    await putEvent(db, 'far', { round: { opensAt: at(60_000) } });
    await putEvent(db, 'seeded', { round: { seededAt: at(0) } });
    await putEvent(db, 'closed', { round: { closedAt: at(0) } });
    await putEvent(db, 'over', { round: { opensAt: at(-10_000), closesAt: at(-1) } });
    await putEvent(db, 'reset', { event: { round: 2 } });
    await putRound(db, 'reset', { round: 2, opensAt: at(10) });
    expect(ids(await listRoundsToSeed(db, t0 + 60_000, t0))).toEqual(['late', 'reset/2', 'soon']);
  });
});

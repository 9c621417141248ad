import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerAt, type Caller } from './call.ts';
import { openRealApi, type RealApi } from './real-server.ts';
import { signToken } from './tokens.ts';

/** Tests `admin.event.search`, which returns the rows of the console's table. */

let api: RealApi;
let boss: Caller;
const ids = new Map<string, string>();
const hourMs = 3_600_000;
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

beforeAll(async () => {
  api = await openRealApi({ APPROVAL_AMOUNT: '80000' });
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  boss = callerAt(api.url, signToken({ sub: 'boss', role: 'admin', exp }));
  const make = async (name: string, input: Record<string, unknown>): Promise<string> => {
    const given = { name, amount: 1_000, stock: 10, opensAt: inMs(0), ...input };
    const { data } = await boss.mutate('admin.event.create', given);
    const { id } = data as { id: string };
    ids.set(name, id);
    return id;
  };
  await make('Later', { opensAt: inMs(9 * hourMs) });
  const gone = await make('Gone', { stock: 1 });
  await make('Locked and gone', { stock: 1, strategy: 'db-lock' });
  await boss.mutate('admin.event.close', { eventId: await make('Over', {}) });
  await make('가을 Sale', { closesAt: inMs(hourMs) });
  await boss.mutate('admin.event.pause', { eventId: await make('Held', {}) });
  await make('Soon', { opensAt: inMs(hourMs) });
  await make('Big', { opensAt: inMs(2 * hourMs), amount: 90_000 });
  await make('Open', {});
  const kim = callerAt(api.url, signToken({ sub: 'kim', exp }));
  for (const eventId of [gone, ids.get('Locked and gone')]) await kim.mutate('claim.submit', { eventId });
});
afterAll(() => api[Symbol.asyncDispose]());

type Found = { events: { name: string; phase: string }[]; total: number; truncated: boolean };
async function search(input: Record<string, unknown> = {}): Promise<Found> {
  const reply = await boss.query('admin.event.search', input);
  expect(reply).toMatchObject({ status: 200, error: undefined });
  return reply.data as Found;
}
const namesOf = ({ events }: Found): string[] => events.map(({ name }) => name);

describe('a search for events', () => {
  it('returns open events first, then paused ones, then the soonest opening, then those that are over', async () => {
    const found = await search();
    expect(namesOf(found)).toEqual([
      ...['Open', '가을 Sale', 'Held', 'Soon', 'Big', 'Later', 'Locked and gone', 'Gone', 'Over'],
    ]);
    expect(found).toMatchObject({
      ...{ total: 9, unapproved: 1, truncated: false },
      counts: { open: 2, paused: 1, scheduled: 3, sold_out: 2, closed: 1 },
    });
  });

  it('finds a part of a name in any case and in either Unicode form of Hangul', async () => {
    expect(namesOf(await search({ search: ' sALe ' }))).toEqual(['가을 Sale']);
    expect(namesOf(await search({ search: '가을'.normalize('NFD') }))).toEqual(['가을 Sale']);
    expect(namesOf(await search({ search: '%' }))).toEqual([]);
  });

  it('filters by an event’s actual phase, even if only its strategy knows that it has sold out', async () => {
    expect(namesOf(await search({ phase: 'sold_out' }))).toEqual(['Locked and gone', 'Gone']);
    expect(namesOf(await search({ phase: 'open' }))).toEqual(['Open', '가을 Sale']);
    expect(await search({ phase: 'closed' })).toMatchObject({ total: 1, counts: { open: 2 } });
    expect(namesOf(await search({ needsApproval: true }))).toEqual(['Big']);
  });

  it('filters by opening time, including `opensFrom` and excluding `opensBefore`', async () => {
    const { data } = await boss.query('admin.event.get', { eventId: ids.get('Soon') });
    const { opensAt } = data as { opensAt: string };
    expect(namesOf(await search({ opensFrom: opensAt }))).toEqual(['Soon', 'Big', 'Later']);
    expect(namesOf(await search({ opensFrom: inMs(-60_000), opensBefore: opensAt, phase: 'scheduled' }))).toEqual([]);
  });

  it('sorts by name and by time in both directions, with events that never close last', async () => {
    const sorted = await search({ sort: 'name' });
    const { events } = await search({ sort: 'name', descending: true });
    expect(events.map(({ name }) => name)).toEqual(namesOf(sorted).toReversed());
    expect(namesOf(await search({ sort: 'opensAt', descending: true })).slice(0, 3)).toEqual(['Later', 'Big', 'Soon']);
    expect(namesOf(await search({ sort: 'closesAt' }))[0]).toBe('가을 Sale');
  });

  it('returns one page at a time, and the same total on each', async () => {
    const [first, second] = [await search({ limit: 5 }), await search({ limit: 5, offset: 5 })];
    expect([...namesOf(first), ...namesOf(second)]).toEqual(namesOf(await search()));
    expect([first.total, second.total]).toEqual([9, 9]);
  });
});

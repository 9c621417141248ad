import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appRouter } from '../../api/router.ts';
import type { AuditRow } from '../../core/mysql/audit-rows.ts';
import { withoutCommits } from '../support/without-commits.ts';
import { openRealApi, type RealApi } from './real-server.ts';

/** Who did what is noted, whichever procedure they used, and can be read. */
let api: RealApi;
beforeAll(async () => {
  api = await openRealApi({ APPROVAL_STOCK: '100' });
});
afterAll(() => api[Symbol.asyncDispose]());

type Event = { id: string; version: number; needsApproval: boolean };
type Entry = Omit<AuditRow, 'atMs'> & { at: string };
type Page = { entries: Entry[]; nextCursor: string | null };

const name = 'Autumn sale';
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const created = (stock = 100) => ({ name, amount: 100, stock, opensAt: inAnHour() });

async function create(stock?: number): Promise<Event> {
  const { data } = await api.admin('operator').mutate('admin.event.create', created(stock));
  return data as Event;
}

async function auditOf(query: object): Promise<Page> {
  const { status, data } = await api.admin('viewer').query('admin.audit.list', query);
  expect(status).toBe(200);
  return data as Page;
}

/** What each procedure of admins that changes something is called with, for an event of which it makes something. */
const changes: Record<string, (event: Event) => object | Promise<object>> = {
  'admin.event.create': () => created(),
  'admin.event.update': ({ id }) => ({ eventId: id, name: 'Winter sale' }),
  'admin.event.pause': ({ id }) => ({ eventId: id }),
  'admin.event.resume': async ({ id }) => {
    await api.admin('operator').mutate('admin.event.pause', { eventId: id });
    return { eventId: id };
  },
  'admin.event.close': ({ id }) => ({ eventId: id }),
  'admin.event.topUp': ({ id }) => ({ eventId: id, add: 1 }),
  'admin.event.reset': ({ id }) => ({ eventId: id, confirm: name }),
  'admin.event.approve': async () => {
    const { id, version } = await create(101);
    return { eventId: id, version };
  },
  'admin.reconcile': ({ id }) => ({ eventId: id }),
};

describe('every mutation of admins', () => {
  const procedures = Object.entries(appRouter._def.procedures) as unknown as [string, { _def: { type: string } }][];
  const paths = procedures
    .filter(([path, procedure]) => path.startsWith('admin.') && procedure._def.type === 'mutation')
    .map(([path]) => path);

  it('is tried here', () => {
    expect(Object.keys(changes).toSorted()).toEqual(paths.toSorted());
  });

  it.each(paths)('%s leaves a row with who and why', async (path) => {
    const input = await changes[path]?.(await create());
    const reason = `why ${path}`;
    const reply = await api.admin('admin').mutate(path, { ...input, reason });
    expect(reply).toMatchObject({ status: 200 });
    const { entries } = await auditOf({ actor: 'the-admin', limit: 1 });
    expect(entries).toMatchObject([{ actor: 'the-admin', role: 'admin', door: 'api', reason }]);
  });

  it('is the same change for another reason', async () => {
    const { id: eventId } = await create(50);
    const topUp = { eventId, add: 5, requestId: `once-${eventId}` };
    for (const reason of ['more', 'more, please']) {
      const reply = await api.admin('operator').mutate('admin.event.topUp', { ...topUp, reason });
      expect(reply).toMatchObject({ status: 200, data: { stock: 55 } });
    }
    const { entries } = await auditOf({ eventId, action: 'event.top-up' });
    expect(entries).toMatchObject([{ reason: 'more', before: { stock: 50 }, after: { stock: 55 } }]);
  });
});

describe('looking at claims', () => {
  it.each([
    ['admin.claim.find', (eventId: string) => ({ userId: 'kim', eventId }), 'claim.find', { userId: 'kim' }],
    ['admin.claim.list', (eventId: string) => ({ eventId }), 'claim.list', { afterSerial: 0, limit: 100 }],
  ])('by %s is noted', async (path, inputOf, action, after) => {
    const { id: eventId } = await create();
    expect(await api.admin('viewer').query(path, inputOf(eventId))).toMatchObject({ status: 200, data: [] });
    expect((await auditOf({ eventId, actor: 'the-viewer' })).entries).toMatchObject([
      { actor: 'the-viewer', role: 'viewer', door: 'api', action, eventId, before: null, after },
    ]);
  });

  it.each([
    ['query', 'admin.claim.find', { userId: 'kim' }],
    ['query', 'admin.claim.list', {}],
    ['mutate', 'admin.reconcile', {}],
  ] as const)('by %s %s is refused when it can’t be noted', async (kind, path, input) => {
    const { id: eventId } = await create();
    await withoutCommits(api.platform.stores.db, 'the-admin', async () => {
      const reply = await api.admin('admin')[kind](path, { ...input, eventId });
      expect(reply).toMatchObject({ status: 503, error: { data: { reason: 'unavailable' } } });
      expect(reply.data).toBeUndefined();
    });
  });

  it('of one’s own is not noted', async () => {
    const { id: eventId } = await create();
    expect((await api.user('kim').query('claim.mine', { eventId })).status).toBe(200);
    expect((await auditOf({ eventId })).entries).toMatchObject([{ action: 'event.create' }]);
  });
});

describe('the audit trail', () => {
  it('is read page by page, the newest first, and by what is asked for', async () => {
    const { id: eventId } = await create();
    const since = new Date(Date.now() - 60_000).toISOString();
    for (const verb of ['pause', 'resume', 'pause', 'resume']) {
      await api.admin('operator').mutate(`admin.event.${verb}`, { eventId });
    }
    const actions: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await auditOf({ eventId, since, limit: 2, ...(cursor !== undefined && { cursor }) });
      actions.push(...page.entries.map(({ action }) => action));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(actions).toEqual(['event.resume', 'event.pause', 'event.resume', 'event.pause', 'event.create']);
    expect((await auditOf({ eventId, action: 'event.pause' })).entries).toHaveLength(2);
    expect((await auditOf({ eventId, actor: 'nobody' })).entries).toEqual([]);
    expect((await auditOf({ eventId, since: inAnHour() })).entries).toEqual([]);
  });

  it.each([
    [{ cursor: 'x' }, 'cursor'],
    [{ since: 'yesterday' }, 'since'],
    [{ action: 'Event Create' }, 'action'],
    [{ limit: 101 }, 'limit'],
    [{ eventId: '?' }, 'eventId'],
  ])('refuses %j', async (query, field) => {
    const reply = await api.admin('viewer').query('admin.audit.list', query);
    expect(reply).toMatchObject({ status: 400, error: { data: { issues: [{ path: [field] }] } } });
  });
});

describe('what is above a limit', () => {
  it('is told to admins, and approved by another one', async () => {
    const event = await create(101);
    expect(event).toMatchObject({ needsApproval: true, approvalAskedBy: 'the-operator', approvedBy: null });
    const approval = { eventId: event.id, version: event.version };
    expect((await api.admin('operator').mutate('admin.event.approve', approval)).status).toBe(403);
    const reply = await api.admin('admin').mutate('admin.event.approve', approval);
    expect(reply).toMatchObject({ status: 200, data: { needsApproval: false, approvedBy: 'the-admin', version: 2 } });
    const again = await api.admin('admin').mutate('admin.event.approve', approval);
    expect(again).toMatchObject({ status: 409, error: { data: { code: 'CONFLICT' } } });
  });

  it('is not for who asked for it to approve', async () => {
    const { data } = await api.admin('admin').mutate('admin.event.create', created(101));
    const { id: eventId, version } = data as Event;
    const reply = await api.admin('admin').mutate('admin.event.approve', { eventId, version });
    expect(reply).toMatchObject({
      status: 409,
      error: { message: expect.stringContaining('another person') as unknown },
    });
  });

  it('is scheduled to everybody, and says nothing of approvals', async () => {
    const { data } = await api.admin('operator').mutate('admin.event.create', {
      ...created(101),
      opensAt: new Date().toISOString(),
    });
    const { id: eventId } = data as Event;
    const seen = await api.anyone.query('event.get', { eventId });
    expect(seen).toMatchObject({ data: { phase: 'scheduled' } });
    expect(JSON.stringify(seen.data)).not.toMatch(/approv/i);
    expect(await api.user('kim').mutate('claim.submit', { eventId })).toMatchObject({ data: { status: 'not_open' } });
    const { data: page } = await api.admin('viewer').query('admin.event.list', { limit: 1 });
    expect(page).toMatchObject({ events: [{ id: eventId, needsApproval: true, phase: 'scheduled' }] });
  });
});

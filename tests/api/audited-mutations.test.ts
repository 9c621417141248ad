import { afterAll, beforeAll, expect, it } from 'vitest';
import { appRouter } from '../../api/router.ts';
import { listAudit } from '../../core/audit/audit-rows.ts';
import { openRealApi, type RealApi } from './real-server.ts';

let api: RealApi;
beforeAll(async () => {
  api = await openRealApi({ APPROVAL_STOCK: '1000' });
});
afterAll(() => api[Symbol.asyncDispose]());

const code = 'W45C-J29D-N8GV-9WM9';
const soon = () => new Date(Date.now() + 3_600_000).toISOString();
const sale = () => ({ name: 'Sale', amount: 1, stock: 5, opensAt: soon() });

async function newEvent(over: object = {}): Promise<string> {
  const { data } = await api.admin('operator').mutate('admin.event.create', { ...sale(), ...over });
  return (data as { id: string }).id;
}

const mutations: Record<string, () => Promise<object>> = {
  'admin.event.create': () => Promise.resolve(sale()),
  'admin.event.update': async () => ({ eventId: await newEvent(), name: 'Other name' }),
  'admin.event.pause': async () => ({ eventId: await newEvent() }),
  'admin.event.resume': async () => {
    const eventId = await newEvent();
    await api.admin('operator').mutate('admin.event.pause', { eventId });
    return { eventId };
  },
  'admin.event.close': async () => ({ eventId: await newEvent() }),
  'admin.event.topUp': async () => ({ eventId: await newEvent(), add: 1 }),
  'admin.event.reset': async () => ({ eventId: await newEvent(), confirm: 'Sale' }),
  'admin.event.approve': async () => ({ eventId: await newEvent({ stock: 2_000 }), version: 1 }),
  'admin.reconcile': async () => ({ eventId: await newEvent(), repair: true }),
  'admin.claim.show': async () => ({ eventId: await newEvent(), code }),
  'admin.claim.verify': async () => ({ eventId: await newEvent(), userId: 'kim', serial: 1, code }),
  'admin.claim.restore': async () => ({ eventId: await newEvent(), userId: 'kim', serial: 1, code }),
  'admin.claim.settleFault': async () => {
    const eventId = await newEvent();
    const { id } = await api.platform.stores.db.claimFault.create({
      data: {
        ...{ eventId, round: 1, serial: 1n, userId: 'kim', code, claimedAt: new Date(), reason: 'serial_taken' },
        ...{ detail: '', entryId: '1-1', position: 0, createdAt: new Date() },
      },
    });
    return { eventId, id: Number(id) };
  },
  'admin.apiKey.create': () => Promise.resolve({ name: 'shop', role: 'viewer' }),
  'admin.apiKey.revoke': async () => {
    const { data } = await api.admin('admin').mutate('admin.apiKey.create', { name: 'till', role: 'viewer' });
    return { id: (data as { id: string }).id };
  },
};

it('every mutation of the admin API is in this file’s list', () => {
  const procedures = Object.entries(appRouter._def.procedures) as unknown as [string, { _def: { type: string } }][];
  const all = procedures.filter(([path, { _def }]) => path.startsWith('admin.') && _def.type === 'mutation');
  expect(Object.keys(mutations).toSorted()).toEqual(all.map(([path]) => path).toSorted());
});

it.each(Object.keys(mutations))('%s leaves one row in the audit trail', async (path) => {
  const { db } = api.platform.stores;
  const input = await mutations[path]?.();
  const [before] = await listAudit(db, { limit: 1 });
  const reason = `because of ${path}`;
  const { status, error } = await api.admin('admin').mutate(path, { ...input, reason });
  expect({ status, error }).toMatchObject({ status: 200 });
  const left = (await listAudit(db, { limit: 5 })).filter(({ id }) => id > (before?.id ?? 0));
  expect(left.length).toBeGreaterThan(0);
  for (const row of left) expect(row).toMatchObject({ door: 'api', role: 'admin', reason });
  expect(JSON.stringify(left)).not.toContain(code);
});

it('admin.reconcile without repair leaves one audit row', async () => {
  const eventId = await newEvent();
  const { status } = await api.admin('operator').mutate('admin.reconcile', { eventId, reason: 'the weekly check' });
  expect(status).toBe(200);
  const rows = await listAudit(api.platform.stores.db, { eventId, action: 'event.reconcile', limit: 5 });
  expect(rows).toMatchObject([
    { door: 'api', role: 'operator', reason: 'the weekly check', after: { verdict: 'clean' } },
  ]);
});

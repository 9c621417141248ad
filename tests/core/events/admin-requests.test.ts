import { describe, expect, it } from 'vitest';
import { appendAudit, listAudit, type AuditEntry } from '../../../core/audit/audit-rows.ts';
import { runOnce } from '../../../core/events/admin-requests.ts';
import type { DbTransaction } from '../../../core/mysql/open-db.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { openTestDb, t0 } from '../mysql/fixtures.ts';

const entry: AuditEntry = {
  ...{ actor: '관리자', role: 'operator', door: 'cli', action: 'event.pause', eventId: 'e', round: 1, requestId: 'r' },
  ...{ reason: null, before: { paused: false, name: '할인' }, after: { paused: true } },
};
const request = {
  actor: 'kim',
  requestId: 'r1',
  action: 'event.pause',
  eventId: 'e',
  input: { eventId: 'e', a: 1, b: [2] },
};
const count = (tx: DbTransaction) => appendAudit(tx, entry, t0);

describe('a change with a request id', () => {
  it('runs once, and a repeated call returns the same result without changing anything', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    const change = (result: unknown) => runOnce(db, request, async (tx) => (await count(tx), result));
    const result = { eventId: 'e', n: 1.5, nothing: null, list: ['한글'] };
    expect(await change(result)).toEqual(result);
    expect(await change('another')).toEqual(result);
    expect(await runOnce(db, { ...request, input: { b: [2], a: 1, eventId: 'e' } }, () => Promise.resolve(0))).toEqual(
      result,
    );
    expect(await db.auditEntry.count()).toBe(1);
  });

  it.each([null, false, '', 0, undefined])('returns %j again if the call is repeated', async (result) => {
    await using opened = await openTestDb();
    const change = () => runOnce(opened.db, request, () => Promise.resolve(result));
    expect([await change(), await change()]).toEqual([result, result]);
  });

  it('runs once if it is sent ten times at once', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    let runs = 0;
    const results = await Promise.all(
      Array.from({ length: 10 }, () =>
        runOnce(db, request, async (tx) => {
          await count(tx);
          return (runs += 1);
        }),
      ),
    );
    expect(results).toEqual(Array(10).fill(1));
    expect(await db.auditEntry.count()).toBe(1);
  });

  it('can be repeated if it failed and changed nothing', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    const failing = runOnce(db, request, async (tx) => {
      await count(tx);
      throw new Fault('conflict', 'no');
    });
    await expect(failing).rejects.toMatchObject({ code: 'conflict', message: 'no' });
    expect(await db.auditEntry.count()).toBe(0);
    expect(await runOnce(db, request, () => Promise.resolve('now'))).toBe('now');
  });

  it.each([
    ['another input', { input: { eventId: 'e', a: 2, b: [2] } }],
    ['another action', { action: 'event.close' }],
  ])('conflicts with an earlier change that has the same id but %s', async (_what, other) => {
    await using opened = await openTestDb();
    await runOnce(opened.db, request, () => Promise.resolve(1));
    await expect(runOnce(opened.db, { ...request, ...other }, () => Promise.resolve(2))).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('is separate from the same change by another admin, with another id or without an id', async () => {
    await using opened = await openTestDb();
    let runs = 0;
    const run = (other: { actor?: string; requestId?: string | undefined }) =>
      runOnce(opened.db, { ...request, ...other }, () => Promise.resolve((runs += 1)));
    expect([await run({}), await run({ actor: 'Kim' }), await run({ requestId: 'R1' })]).toEqual([1, 2, 3]);
    expect([await run({ requestId: undefined }), await run({ requestId: undefined })]).toEqual([4, 5]);
  });

  it('fails with the duplicate-key error of its own statement, which is not mistaken for a repeated request', async () => {
    await using opened = await openTestDb();
    const twice = runOnce(opened.db, request, async (tx) => {
      const data = { ...request, requestId: 'x', inputHash: new Uint8Array(32), result: {}, createdAt: new Date(t0) };
      const { input: _, ...row } = data;
      await tx.adminRequest.create({ data: row });
      await tx.adminRequest.create({ data: row });
    });
    await expect(twice).rejects.toMatchObject({ code: 'P2002' });
  });
});

describe('the audit log', () => {
  it('is read newest first, for one event or for all', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    for (const [index, eventId] of ['e', 'f', 'e', null].entries())
      await appendAudit(db, { ...entry, eventId }, t0 + index);
    const all = await listAudit(db, { limit: 10 });
    expect(all.map(({ atMs }) => atMs - t0)).toEqual([3, 2, 1, 0]);
    expect(all[3]).toEqual({ ...entry, id: expect.any(Number) as unknown, atMs: t0 });
    const ofE = await listAudit(db, { eventId: 'e', limit: 1 });
    expect(ofE.map(({ atMs }) => atMs - t0)).toEqual([2]);
    expect(
      (await listAudit(db, { eventId: 'e', beforeId: ofE[0]?.id, limit: 10 })).map(({ atMs }) => atMs - t0),
    ).toEqual([0]);
  });

  it('stores a missing state before a change as NULL, not as a JSON null', async () => {
    await using opened = await openTestDb();
    await appendAudit(opened.db, { ...entry, before: null, after: null }, t0);
    expect(
      await opened.db.$queryRaw`SELECT state_before IS NULL AS b, state_after IS NULL AS a FROM audit_log`,
    ).toEqual([{ b: 1, a: 1 }]);
  });
});

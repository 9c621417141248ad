import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectApi } from '../../admin-cli/remote/connect-api.ts';
import { SetupError } from '../../admin-cli/usage-error.ts';
import { listAudit } from '../../core/audit/audit-rows.ts';
import type { Reconciled } from '../../core/reconcile/report.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import { Fault } from '../../core/runtime/fault.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import { openRealApi, type RealApi } from '../api/real-server.ts';
import { adminToken } from '../api/tokens.ts';
import { anEvent, fakeAdmin } from '../support/fake-admin.ts';
import { openLab, tester, type Lab } from '../support/lab.ts';
import { isRowStrategy } from '../support/strategy-families.ts';
import { waitFor } from '../support/wait-for.ts';
import { runCli, type RunOptions } from './support/run-cli.ts';

type Answer = Partial<Reconciled> | Error;
type AllJson = { verdict: string; events: { eventId: string; verdict: string; [field: string]: unknown }[] };

const clean = { round: 1, issued: 5, persisted: 5, pending: 0, reserved: 0, repaired: 0 };

/** Runs a command on events `ev-1` and so on. A reconcile finds nothing in these events, except what `answers` says. */
function run(line: string, count: number, answers: Record<string, Answer> = {}, options: RunOptions = {}) {
  const asked: unknown[] = [];
  const events = Array.from({ length: count }, (_, i) => {
    const eventId = `ev-${i + 1}`;
    return anEvent({ eventId, gateLost: answers[eventId] !== undefined });
  });
  const admin = {
    ...fakeAdmin(events),
    reconcile: (...[input, why, options]: Parameters<ReturnType<typeof fakeAdmin>['reconcile']>) => {
      const { eventId } = input;
      asked.push([input, why]);
      options?.watch?.({ step: 'claims in MySQL', done: 1, of: 5 });
      const answer = answers[eventId] ?? {};
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({
        eventId,
        ...clean,
        findings: [],
        advice: [],
        adviceReasons: [],
        verdict: 'clean' as const,
        ...answer,
      });
    },
  };
  return runCli(line.split(' '), { ...options, admin }).then((ran) => ({ ...ran, asked }));
}

const drift: Answer = {
  verdict: 'drift',
  findings: [
    {
      kind: 'serial_gap',
      count: 2,
      examples: [{ serial: 3, userId: null, detail: 'nobody has serial 3', detailReason: null }],
    },
  ],
  advice: ['serial_gap: decide.'],
  adviceReasons: [],
};
const away = new Fault('unavailable', 'MySQL is not answering.');

describe('reconcile --all', () => {
  it('compares every event, on every page of the list, and stopped events first', async () => {
    const { code, asked, stdout, stderr } = await run('reconcile --all --repair --reason flushed', 250, {
      'ev-203': {},
    });
    expect(asked).toHaveLength(250);
    expect(asked[0]).toEqual([{ eventId: 'ev-203', repair: true }, { reason: 'flushed' }]);
    expect(new Set(asked.map((each) => JSON.stringify(each))).size).toBe(250);
    expect(stdout.trim().split('\n')).toHaveLength(251);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '250 events: 250 clean.\n' });
  });

  it('exits with 3 if drift remains, and with 1 if an event failed, but only after comparing all events', async () => {
    expect(await run('reconcile --all', 4, { 'ev-2': drift })).toMatchObject({ code: 3 });
    const failed = await run('reconcile --all --repair', 4, { 'ev-1': away, 'ev-2': drift });
    expect(failed).toMatchObject({ code: 1, stderr: '4 events: 2 clean, 1 drift, 1 failed.\n' });
    expect(failed.asked).toHaveLength(4);
    const bug = await run('reconcile --all', 2, { 'ev-1': new Error('a bug') });
    expect(bug).toMatchObject({ code: 1, stdout: expect.stringContaining('a bug') as string });
    expect(bug.asked).toHaveLength(2);
  });

  it('says that the remaining events were not compared if the connection to the system breaks', async () => {
    const token = new SetupError('FIRSTCOME_TOKEN was refused.');
    const { code, stdout, asked } = await run('reconcile --all --json', 3, { 'ev-2': token });
    const { verdict, events } = JSON.parse(stdout) as AllJson;
    expect({ code, verdict, asked: asked.length }).toEqual({ code: 1, verdict: 'failed', asked: 1 });
    expect(events).toMatchObject([
      { eventId: 'ev-2', verdict: 'failed', error: { message: 'FIRSTCOME_TOKEN was refused.' } },
      { eventId: 'ev-1', verdict: 'failed', error: { code: 'not_reached' } },
      { eventId: 'ev-3', verdict: 'failed', error: { code: 'not_reached' } },
    ]);
  });

  it('prints a single JSON document with --json', async () => {
    const { stdout, stderr } = await run('reconcile --all --json', 3, { 'ev-1': away, 'ev-2': drift });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      verdict: 'failed',
      events: [
        { eventId: 'ev-1', verdict: 'failed', error: { code: 'unavailable', message: 'MySQL is not answering.' } },
        { eventId: 'ev-2', ...clean, ...drift },
        { eventId: 'ev-3', ...clean, findings: [], advice: [], adviceReasons: [], verdict: 'clean' },
      ],
    });
    expect(JSON.parse((await run('reconcile --all --json', 0)).stdout)).toEqual({ verdict: 'clean', events: [] });
  });

  it('prints one line per event in a pipe', async () => {
    const { stdout } = await run('reconcile --all', 3, { 'ev-1': away, 'ev-2': { ...drift, repaired: 2 } });
    expect(stdout).toMatchSnapshot();
  });

  it('prints one line per event for a person, then lists what needs a decision, and shows its progress', async () => {
    const terminal = { answers: [] };
    const { stdout, stderr } = await run('reconcile --all', 3, { 'ev-1': away, 'ev-2': drift }, { terminal });
    expect(stdout).toMatchSnapshot();
    expect(stderr).toContain('ev-1 (1 of 3), claims in MySQL: 1 of 5');
  });

  it.each([
    ['reconcile', 'Name the event, or pass --all for every event.'],
    ['reconcile --repair', 'Name the event, or pass --all for every event.'],
    ['reconcile ev-1 --all', 'Name an event or pass --all, not both.'],
    ['reconcile --all --repair ev-1', 'Name an event or pass --all, not both.'],
  ])('treats `%s` as a usage error, and does not call the API', async (line, says) => {
    const { code, stdout, stderr, asked } = await run(line, 2);
    expect({ code, stdout, asked }).toEqual({ code: 2, stdout: '', asked: [] });
    expect(stderr).toContain(says);
  });

  it("compares nothing if it can't list the events", async () => {
    const admin = { ...fakeAdmin([anEvent()]), list: () => Promise.reject(away) };
    const ran = await runCli(['reconcile', '--all', '--repair'], { admin });
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(away.message) as string });
  });
});

const strategies = ['redis-stream', 'redis-counter-set', 'db-lock'] as const;
/** A gate with units is rebuilt only once no insert can still arrive, which takes five seconds per event. */
const withinMs = 120_000;

describe('reconcile --all, after a FLUSHALL,', () => {
  let api: RealApi;
  let lab: Lab;
  beforeAll(async () => {
    api = await openRealApi();
    lab = await openLab(api.stores);
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  const admin = () => lab.first.admin;
  async function sale(change: Parameters<Lab['createEvent']>[0]) {
    const event = await lab.createEvent({ stock: 20, ...change });
    for (let i = 1; i <= 5; i += 1) await lab.claim(event.eventId, `user-${i}`);
    await lab.persisted(event);
    return event;
  }

  const env = () => ({ FIRSTCOME_URL: api.url, FIRSTCOME_TOKEN: adminToken('operator') });

  it(
    'brings every event back with --repair',
    async () => {
      const { client } = lab.first.stores.redis.system;
      const { db } = lab.first.stores;
      const open: AdminEventView[] = [];
      for (const strategy of strategies) open.push(await sale({ strategy, name: `Open ${strategy}` }));
      const closed = await sale({ name: 'Closed' });
      await admin().close({ eventId: closed.eventId }, tester);
      const retired = await sale({ name: 'Retired', stock: 5 });
      await lab.sweep(0);
      await lab.sweep(0);
      const early = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
      // A user may have been promised the deleted serial, so no repair can complete this event.
      const hurt = await sale({ name: 'Hurt' });
      await db.claim.deleteMany({ where: { eventId: hurt.eventId, serial: 2 } });
      await client.flushdb();

      const cli = async (...argv: string[]) => {
        const { code, stdout, stderr } = await runCli([...argv, '--json'], { connectApi, env: env() });
        expect(stderr).toBe('');
        return { code, ...(JSON.parse(stdout) as AllJson) };
      };
      const lost = await cli('reconcile', '--all');
      expect(lost).toMatchObject({ code: 3, verdict: 'drift' });
      const repaired = await cli('reconcile', '--all', '--repair', '--reason', 'flushed');
      expect(repaired).toMatchObject({ code: 3, verdict: 'drift' });
      const verdictOf = Object.fromEntries(repaired.events.map(({ eventId, verdict }) => [eventId, verdict]));
      const { events: all } = await admin().list({ limit: 100 });
      expect(Object.keys(verdictOf).toSorted()).toEqual(all.map(({ eventId }) => eventId).toSorted());
      expect(verdictOf[hurt.eventId]).toBe('drift');
      for (const { eventId } of [...open, closed, retired, early]) expect(verdictOf[eventId]).toBe('clean');

      for (const { eventId, strategy } of open) {
        expect(await admin().get(eventId)).toMatchObject({ gateLost: false, issued: 5, persisted: 5 });
        // Only redis-stream can have promised more claims than MySQL has, so only a repair of redis-stream pauses the
        // event.
        if (strategy === 'redis-stream') await admin().resume({ eventId }, tester);
        const fresh = () => lab.submit(eventId, 'new').catch(() => null);
        // For a second, the API remembers that a gate is lost.
        await waitFor(async () => (await fresh())?.status === 'issued', { what: `a claim of ${strategy}` });
        expect(await lab.claim(eventId, 'user-3')).toMatchObject({ status: 'issued', serial: 3, replayed: true });
      }
      for (const { eventId } of [closed, retired]) {
        const replay = () => lab.submit(eventId, 'user-3').catch(() => null);
        await waitFor(async () => (await replay())?.status === 'issued', { what: 'a replay' });
      }
      const gated = open.filter(({ strategy }) => !isRowStrategy(strategy));
      for (const { eventId } of gated) expect(await client.exists(roundKeys(eventId, 1).gate)).toBe(1);
      const trail = await listAudit(db, { eventId: early.eventId, limit: 9 });
      expect(trail.map(({ action, reason }) => [action, reason])).toMatchObject([
        ['event.repaired', 'flushed'],
        ['event.repair', 'flushed'],
        ['event.reconcile', null],
        ['event.create', null],
      ]);
    },
    withinMs,
  );

  it(
    'repairs the other events if another program wrote to one event’s keys',
    async () => {
      const [damaged, other] = [await sale({ name: 'Damaged' }), await sale({ name: 'Other' })];
      const { client } = lab.first.stores.redis.system;
      const keys = roundKeys(damaged.eventId, 1);
      await client.del(...Object.values(keys), roundKeys(other.eventId, 1).gate);
      for (const key of Object.values(keys)) await client.set(key, 'mine');
      const { stdout } = await runCli(['reconcile', '--all', '--repair', '--json'], { connectApi, env: env() });
      const { events } = JSON.parse(stdout) as AllJson;
      for (const { eventId } of [damaged, other]) {
        expect(events.find((event) => event.eventId === eventId)).toMatchObject({ verdict: 'clean', issued: 5 });
      }
    },
    withinMs,
  );
});

import { describe, expect, it } from 'vitest';
import type { ClaimQuery } from '../../../core/admin/claim-queries.ts';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import type { AdminClaim } from '../../../core/claims/claim.ts';
import { openCoder } from '../../../core/claims/code.ts';
import { drainOutbox } from '../../../core/engines/stream/drain.ts';
import { takeUnits } from '../../../core/engines/units/unit-scripts.ts';
import { findEvent, findRound } from '../../../core/events/event-rows.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { retireRound } from '../../../core/rounds/finish-round.ts';
import { openLab, tester, useLab, users } from '../../support/lab.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { useTestStores } from '../../support/use-stores.ts';

const stores = useTestStores();
const lab = useLab({ stores });

const claimAdmin = () => lab.first.admin;
const db = () => lab.first.stores.db;
const redis = () => lab.first.stores.redis.system.client;
const show = (query: ClaimQuery) => claimAdmin().showClaim(query, tester);
const trail = async (eventId: string) =>
  (await listAudit(db(), { eventId, limit: 100 })).filter(({ action }) => action.startsWith('claim.')).reverse();

async function coderOf(eventId: string, round = 1) {
  const row = await findRound(db(), eventId, round);
  return openCoder(row?.roundRow.codeKey ?? Buffer.alloc(32));
}

describe.each(['redis-stream', 'redis-counter-set', 'db-lock'] as const)('the lookup of a %s claim', (strategy) => {
  it('finds a stored claim by user, serial or code', async () => {
    const { eventId, round } = await lab.createEvent({ strategy, stock: 3 });
    await lab.claim(eventId, 'kim');
    await drainOutbox(lab.first.stores, eventId, round);
    const code = (await coderOf(eventId))(1, 'kim');
    for (const query of [
      { userId: 'kim' },
      { serial: 1 },
      { code },
      { code: code.toLowerCase().replaceAll('-', ' ') },
    ]) {
      expect(await show({ eventId, ...query })).toMatchObject({
        ...{ state: 'persisted', inMySql: 'stored', inOutbox: false, setAside: null, otherRounds: [] },
        inRedis: strategy === 'db-lock' ? 'not_used' : 'winner',
        claim: { serial: 1, userId: 'kim', code },
      });
    }
  });

  it('reports a claim that does not exist as absent, with the state of the round', async () => {
    const { eventId } = await lab.createEvent({ strategy, stock: 1 });
    await lab.claim(eventId, 'kim');
    for (const query of [{ userId: 'lee' }, { serial: 2 }, { code: '0000-0000-0000-0000' }]) {
      const story = await show({ eventId, ...query });
      expect(story).toMatchObject({ state: 'none', claim: null, inMySql: 'absent' });
      expect(story.account).toContain('There is no such claim in round 1');
    }
  });
});

describe('the lookup of a redis-stream claim', () => {
  it('reports a claim in the outbox as on its way to MySQL', async () => {
    const { eventId } = await lab.createEvent({ stock: 3 });
    await lab.claim(eventId, 'kim');
    const code = (await coderOf(eventId))(1, 'kim');
    for (const query of [{ userId: 'kim' }, { serial: 1 }, { code }]) {
      expect(await show({ eventId, ...query })).toMatchObject({
        ...{ state: 'accepted', inRedis: 'winner', inOutbox: true, inMySql: 'absent', persistedAtMs: null },
        claim: { serial: 1, userId: 'kim', code },
      });
    }
  });

  it('reports a difference if MySQL or Redis has lost the claim', async () => {
    const { eventId, round } = await lab.createEvent({ stock: 3 });
    await lab.claim(eventId, 'kim');
    await lab.claim(eventId, 'lee');
    await drainOutbox(lab.first.stores, eventId, round);
    await db().claim.deleteMany({ where: { eventId, serial: 1 } });
    await redis().hdel(roundKeys(eventId, round).winners, 'lee');
    expect(await show({ eventId, serial: 1 })).toMatchObject({
      state: 'differs',
      inRedis: 'winner',
      inMySql: 'absent',
    });
    const lee = await show({ eventId, userId: 'lee' });
    expect(lee).toMatchObject({ state: 'differs', inRedis: 'absent', inMySql: 'stored' });
    expect(lee.account).toContain('reconcile');
  });

  it('shows why a claim was set aside', async () => {
    const { eventId, round } = await lab.createEvent({ stock: 3 });
    await lab.claim(eventId, 'kim');
    const code = (await coderOf(eventId))(1, 'thief');
    const at = new Date(lab.first.clock.nowMs());
    await db().claim.create({
      data: { eventId, round, serial: 1, userId: 'thief', code, claimedAt: at, persistedAt: at },
    });
    await drainOutbox(lab.first.stores, eventId, round);
    expect(await show({ eventId, userId: 'kim' })).toMatchObject({
      ...{ state: 'set_aside', inRedis: 'winner', inMySql: 'absent' },
      setAside: { reason: 'serial_taken' },
    });
  });

  it('reads the claim from MySQL once its round has left Redis, and finds a claim of an earlier round by its code', async () => {
    const { eventId, round } = await lab.createEvent({ stock: 1 });
    await lab.claim(eventId, 'kim');
    await drainOutbox(lab.first.stores, eventId, round);
    const code = (await coderOf(eventId))(1, 'kim');
    await claimAdmin().close({ eventId }, tester);
    const event = await findEvent(db(), eventId);
    if (event === null) throw new Error('the event is gone');
    expect(await retireRound(lab.first.stores, event)).toBe(true);
    expect(await show({ eventId, userId: 'kim' })).toMatchObject({ state: 'persisted', inRedis: 'retired' });
    await claimAdmin().reset({ eventId, confirm: 'Opening sale' }, tester);
    expect(await show({ eventId, code })).toMatchObject({ state: 'persisted', round: 1 });
    expect(await show({ eventId, userId: 'kim' })).toMatchObject({ state: 'none', round: 2, otherRounds: [1] });
  });

  it('reports the claim as unknown, not as absent, while Redis does not answer', async () => {
    await using proxy = await startTcpProxy(Number(new URL(stores.redisUrl).port));
    await using cut = await openLab({ ...stores, redisUrl: proxy.through(stores.redisUrl) });
    const { eventId, round } = await lab.createEvent({ stock: 3 });
    await lab.claim(eventId, 'kim');
    await drainOutbox(lab.first.stores, eventId, round);
    await lab.claim(eventId, 'lee');
    proxy.hold();
    const ask = (query: ClaimQuery) => cut.first.admin.showClaim(query, tester);
    expect(await ask({ eventId, userId: 'kim' })).toMatchObject({ state: 'persisted', inRedis: 'unreachable' });
    for (const query of [{ userId: 'lee' }, { serial: 2 }]) {
      const story = await ask({ eventId, ...query });
      expect(story).toMatchObject({ state: 'unknown', claim: null, inOutbox: null });
      expect(story.account).toContain('may have been accepted');
    }
  });
});

describe.each(['redis-counter', 'redis-counter-set'] as const)('the lookup of a %s unit', (strategy) => {
  it('reports a unit that is being written to MySQL as undecided, by user, serial or code', async () => {
    const { eventId, round } = await lab.createEvent({ strategy, stock: 3 });
    await lab.claim(eventId, 'kim');
    const keys = roundKeys(eventId, round);
    const callId = strategy === 'redis-counter' ? 'a-call' : '';
    const expected = { round, runId: lab.first.stores.redis.system.runId() ?? '', strategy };
    const taken = await takeUnits(redis(), keys, expected, {
      ...{ unitsMax: 1, callId, users: ['lee'] },
    });
    expect(taken).toMatchObject({ kind: 'decided', results: [{ kind: 'unit', unit: { number: 2 } }] });
    const coder = await coderOf(eventId);
    for (const query of [{ userId: 'lee' }, { serial: 2 }, { code: coder(2, 'lee') }]) {
      const story = await show({ eventId, ...query });
      expect(story).toMatchObject({ state: 'deciding', claim: null, inRedis: 'absent', inMySql: 'absent' });
      expect(story.account).toContain('it is not promised to anybody yet');
    }
    const evidence = { eventId, userId: 'lee', serial: 2, code: coder(2, 'lee') };
    expect(await claimAdmin().verifyClaim(evidence, tester)).toMatchObject({ genuine: true, standing: 'unclear' });
    expect(await show({ eventId, serial: 3 })).toMatchObject({ state: 'none' });
  });
});

describe.each(['redis-stream', 'redis-counter-set'] as const)('the lookup of a %s claim', (strategy) => {
  it('reports the claim as unknown, not as absent, if the gate or a part of the round is lost', async () => {
    const { eventId, round } = await lab.createEvent({ strategy, stock: 3 });
    await lab.claim(eventId, 'kim');
    await drainOutbox(lab.first.stores, eventId, round);
    await lab.claim(eventId, 'lee');
    const keys = roundKeys(eventId, round);
    const lee = (await redis().hget(keys.winners, 'lee')) ?? '';
    await db().claim.deleteMany({ where: { eventId, userId: 'lee' } });
    await redis().unlink(keys.outbox);
    const expectUnknown = async (query: ClaimQuery) => {
      const story = await show(query);
      expect(story).toMatchObject({ state: 'unknown', claim: null, inRedis: 'lost', inOutbox: null });
      expect(story.account).toContain('may have been accepted');
      expect(story.account).toContain('reconcile');
    };
    await redis().hdel(keys.winners, 'lee');
    for (const query of [{ userId: 'lee' }, { serial: 2 }]) await expectUnknown({ eventId, ...query });
    await redis().hset(keys.winners, 'lee', lee);
    expect(await show({ eventId, userId: 'lee' })).toMatchObject({ state: 'differs' });
    await redis().unlink(Object.values(keys));
    for (const query of [{ userId: 'lee' }, { serial: 2 }]) await expectUnknown({ eventId, ...query });
    const code = (await coderOf(eventId))(2, 'lee');
    const proof = await claimAdmin().verifyClaim({ eventId, userId: 'lee', serial: 2, code }, tester);
    expect(proof).toMatchObject({ genuine: true, standing: 'unclear' });
  });
});

it('a claim that was set aside is still shown after its round has left Redis', async () => {
  const { eventId, round } = await lab.createEvent({ stock: 3 });
  await lab.claim(eventId, 'kim');
  const code = (await coderOf(eventId))(1, 'thief');
  const at = new Date(lab.first.clock.nowMs());
  await db().claim.create({
    data: { eventId, round, serial: 1, userId: 'thief', code, claimedAt: at, persistedAt: at },
  });
  await drainOutbox(lab.first.stores, eventId, round);
  await claimAdmin().reset({ eventId, confirm: 'Opening sale' }, tester);
  await redis().unlink(Object.values(roundKeys(eventId, round)).filter((key) => key !== roundKeys(eventId, 2).gate));
  expect(await show({ eventId, userId: 'kim', round })).toMatchObject({
    ...{ state: 'set_aside', claim: { serial: 1, userId: 'kim' }, inRedis: 'absent' },
    setAside: { reason: 'serial_taken' },
  });
});

describe('a claim’s evidence', () => {
  it('is judged against the data in both stores', async () => {
    const { eventId, round } = await lab.createEvent({ stock: 5 });
    for (const user of ['kim', 'lee', 'park']) await lab.claim(eventId, user);
    await drainOutbox(lab.first.stores, eventId, round);
    const code = await coderOf(eventId);
    const verify = (userId: string, serial: number, shown = code(serial, userId)) =>
      claimAdmin().verifyClaim({ eventId, userId, serial, code: shown }, tester);
    expect(await verify('kim', 1)).toMatchObject({ genuine: true, standing: 'held', round: 1 });
    expect(await verify('kim', 2)).toMatchObject({ genuine: true, standing: 'moved' });
    expect(await verify('choi', 2)).toMatchObject({ genuine: true, standing: 'taken' });
    expect(await verify('choi', 4)).toMatchObject({ genuine: true, standing: 'lost' });
    const forged = await verify('choi', 4, code(5, 'choi'));
    expect(forged).toMatchObject({ genuine: false, standing: 'forged', round: null });
    expect(forged.account).not.toContain(code(4, 'choi'));
    await expect(verify('kim', 1, 'not a code')).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('is found in an earlier round if the request names no round, and rejected if the request names the wrong round', async () => {
    const { eventId, round } = await lab.createEvent({ stock: 5 });
    await lab.claim(eventId, 'kim');
    await drainOutbox(lab.first.stores, eventId, round);
    const code = (await coderOf(eventId))(1, 'kim');
    await claimAdmin().reset({ eventId, confirm: 'Opening sale' }, tester);
    const evidence = { eventId, userId: 'kim', serial: 1, code };
    expect(await claimAdmin().verifyClaim(evidence, tester)).toMatchObject({ standing: 'held', round: 1 });
    expect(await claimAdmin().verifyClaim({ ...evidence, round: 2 }, tester)).toMatchObject({ standing: 'forged' });
    const other = await lab.createEvent({ stock: 5 });
    const elsewhere = { ...evidence, eventId: other.eventId };
    expect(await claimAdmin().verifyClaim(elsewhere, tester)).toMatchObject({ standing: 'forged' });
  });
});

describe('an export of claims', () => {
  it('returns all claims in serial order, page by page, and writes one entry in the audit trail', async () => {
    const { eventId, round } = await lab.createEvent({ stock: 50 });
    await lab.race(eventId, users(50));
    await drainOutbox(lab.first.stores, eventId, round);
    const claims: AdminClaim[] = [];
    for (;;) {
      const page = await claimAdmin().exportClaims(
        { eventId, afterSerial: claims.at(-1)?.serial ?? 0, limit: 20 },
        tester,
      );
      expect(page.round).toBe(1);
      claims.push(...page.claims);
      if (page.claims.length < 20) break;
    }
    expect(claims.map(({ serial }) => serial)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    const reach = { afterSerial: 0, claims: 50, lastSerial: 50, complete: true, codes: 'shown' };
    expect(await trail(eventId)).toMatchObject([{ action: 'claim.export', actor: 'tester', round: 1, after: reach }]);
    await claimAdmin().exportClaims({ eventId, afterSerial: 40, limit: 20 }, { ...tester, name: 'somebody else' });
    expect(await trail(eventId)).toHaveLength(2);
  });

  it('records how many claims it returned, even if it stops early or another export runs at the same time', async () => {
    const { eventId, round } = await lab.createEvent({ stock: 50 });
    await lab.race(eventId, users(50));
    await drainOutbox(lab.first.stores, eventId, round);
    const page = (afterSerial: number, who = tester) =>
      claimAdmin().exportClaims({ eventId, afterSerial, limit: 10 }, who);
    for (const afterSerial of [0, 0, 10, 20, 10]) await page(afterSerial);
    const of = (afterSerial: number, claims: number, lastSerial: number) => ({
      ...{ afterSerial, claims, lastSerial, complete: false, codes: 'shown' },
    });
    const reaches = async () => (await trail(eventId)).map(({ after }) => after);
    expect(await reaches()).toEqual([of(0, 20, 20), of(0, 30, 30)]);
    // A new export begins if a page skips claims, if a different admin asks, or if the request comes through the CLI
    // instead of the API.
    await page(35);
    await page(20, { ...tester, name: 'Tester' });
    await page(20, { ...tester, door: 'cli' });
    const five = [of(0, 20, 20), of(0, 30, 30), of(35, 10, 45), of(20, 10, 30), of(20, 10, 30)];
    expect(await reaches()).toEqual(five);
    // A page with masked codes does not continue an export with whole codes. It begins a new export.
    await page(30, { ...tester, role: 'viewer' });
    expect(await reaches()).toEqual([...five, { ...of(30, 10, 40), codes: 'masked' }]);
  });

  it('does not continue after its last page: a later page begins a new export', async () => {
    const { eventId } = await lab.createEvent({ stock: 50 });
    for (const afterSerial of [0, 0, 7, 7])
      await claimAdmin().exportClaims({ eventId, afterSerial, limit: 10 }, tester);
    expect(await trail(eventId)).toHaveLength(4);
  });
});

it('a lookup with invalid arguments is refused as it is in the API, and is not audited', async () => {
  const { eventId } = await lab.createEvent({ stock: 5 });
  const admin = claimAdmin();
  const refused: [string, () => Promise<unknown>][] = [
    ['userId', () => admin.showClaim({ eventId, userId: 'kim lee' }, tester)],
    ['serial', () => admin.showClaim({ eventId, serial: 0 }, tester)],
    ['round', () => admin.showClaim({ eventId, round: 0, serial: 1 }, tester)],
    ['eventId', () => admin.showClaim({ eventId: 'no event', userId: 'kim' }, tester)],
    ['userId', () => admin.verifyClaim({ eventId, userId: '', serial: 1, code: 'W45C-J29D-N8GV-9WM9' }, tester)],
    ['serial', () => admin.restoreClaim({ eventId, userId: 'kim', serial: 0, code: 'W45C-J29D-N8GV-9WM9' }, tester)],
    ['userId', () => admin.findClaims({ userId: ' ', eventId }, tester)],
    ['round', () => admin.listClaims({ eventId, round: 0, limit: 10 }, tester)],
    ['afterSerial', () => admin.exportClaims({ eventId, afterSerial: -1, limit: 10 }, tester)],
    ['eventId', () => admin.get('no event')],
    ['eventId', () => admin.reconcile({ eventId: 'no event', repair: false }, tester)],
    ['round', () => admin.exportMetrics({ eventId, round: 0, limit: 10 })],
    ['eventId', () => admin.listAudit({ eventId: 'no event', limit: 10 }, tester)],
    ['actor', () => admin.listAudit({ actor: '', limit: 10 }, tester)],
    ['action', () => admin.listAudit({ action: 'Pause', limit: 10 }, tester)],
  ];
  for (const [field, look] of refused) {
    const fault = await look().catch((err: unknown) => err);
    expect({ field, fault }).toMatchObject({ fault: { code: 'bad_request', issues: [{ path: [field] }] } });
  }
  expect(await trail(eventId)).toEqual([]);
});

it('claims can be browsed by user, serial and time, and the audit trail records what was asked', async () => {
  const { eventId, round } = await lab.createEvent({ stock: 5 });
  for (const user of ['kim', 'lee', 'max']) await lab.claim(eventId, user);
  await drainOutbox(lab.first.stores, eventId, round);
  const browse = async (query: object) => {
    const asked = { eventId, order: 'asc' as const, limit: 10, ...query };
    return (await claimAdmin().browseClaims(asked, tester)).claims.map(({ userId }) => userId);
  };
  expect(await browse({})).toEqual(['kim', 'lee', 'max']);
  expect(await browse({ order: 'desc', limit: 2 })).toEqual(['max', 'lee']);
  expect(await browse({ after: 2 })).toEqual(['max']);
  expect(await browse({ userId: 'lee' })).toEqual(['lee']);
  expect(await browse({ userId: 'nobody' })).toEqual([]);
  expect(await browse({ serial: 3 })).toEqual(['max']);
  expect(await browse({ serial: 3, userId: 'lee' })).toEqual([]);
  const [first] = (await claimAdmin().browseClaims({ eventId, serial: 1, order: 'asc', limit: 1 }, tester)).claims;
  const fromAtMs = first?.claimedAtMs ?? 0;
  expect(await browse({ userId: 'kim', fromAtMs })).toEqual(['kim']);
  expect(await browse({ userId: 'kim', untilAtMs: fromAtMs })).toEqual([]);
  expect(await browse({ untilAtMs: fromAtMs })).toEqual([]);
  expect((await trail(eventId)).slice(-2).map(({ action, after }) => [action, after])).toEqual([
    ['claim.browse', { order: 'asc', limit: 10, userId: 'kim', until: expect.any(String) as string, codes: 'shown' }],
    ['claim.browse', { order: 'asc', limit: 10, until: expect.any(String) as string, codes: 'shown' }],
  ]);
});

it('claims that wait for MySQL can be browsed with the same filters, until MySQL has them', async () => {
  const { eventId, round } = await lab.createEvent({ stock: 5 });
  for (const user of ['kim', 'lee', 'max']) await lab.claim(eventId, user);
  const browse = async (query: object) => {
    const asked = { eventId, order: 'asc' as const, limit: 10, state: 'accepted' as const, ...query };
    return claimAdmin().browseClaims(asked, tester);
  };
  const usersOf = async (query: object) => (await browse(query)).claims.map(({ userId }) => userId);
  const coder = await coderOf(eventId);
  expect((await browse({})).claims).toMatchObject(
    ['kim', 'lee', 'max'].map((userId, at) => ({
      ...{ userId, serial: at + 1, code: coder(at + 1, userId), round },
      ...{ state: 'accepted', persistedAtMs: null },
    })),
  );
  expect(await browse({ limit: 2 })).toMatchObject({ nextAfter: 2 });
  expect(await usersOf({ limit: 2, after: 2 })).toEqual(['max']);
  expect(await usersOf({ order: 'desc', after: 3 })).toEqual(['lee', 'kim']);
  expect(await usersOf({ userId: 'lee' })).toEqual(['lee']);
  expect(await usersOf({ serial: 3 })).toEqual(['max']);
  expect(await usersOf({ untilAtMs: 1 })).toEqual([]);
  expect((await claimAdmin().browseClaims({ eventId, order: 'asc', limit: 10 }, tester)).claims).toEqual([]);
  await drainOutbox(lab.first.stores, eventId, round);
  expect(await usersOf({})).toEqual([]);
});

it('the audit trail shows the current name of each entry’s event, and can be read up to a given time', async () => {
  const { eventId } = await lab.createEvent({ stock: 5 });
  await claimAdmin().update({ eventId, name: 'Renamed' }, tester);
  const all = await claimAdmin().listAudit({ eventId, limit: 10 }, tester);
  expect(all.entries.map(({ eventName }) => eventName)).toEqual(['Renamed', 'Renamed']);
  const untilAtMs = all.entries[0]?.atMs ?? 0;
  const before = await claimAdmin().listAudit({ eventId, untilAtMs, limit: 10 }, tester);
  expect(before.entries.every(({ atMs }) => atMs < untilAtMs)).toBe(true);
  const upTo = await claimAdmin().listAudit({ eventId, untilAtMs: untilAtMs + 1, limit: 10 }, tester);
  expect(upTo.entries).toHaveLength(2);
});

it('the audit trail records every lookup of claims with the user concerned, and without codes', async () => {
  const { eventId } = await lab.createEvent({ stock: 5 });
  await lab.claim(eventId, 'kim');
  const code = (await coderOf(eventId))(1, 'kim');
  const why = { ...tester, reason: 'kim called' };
  await claimAdmin().findClaims({ userId: 'kim', eventId }, why);
  await claimAdmin().listClaims({ eventId, limit: 10 }, why);
  await claimAdmin().showClaim({ eventId, userId: 'kim' }, why);
  await claimAdmin().showClaim({ eventId, code }, why);
  await claimAdmin().verifyClaim({ eventId, userId: 'kim', serial: 1, code }, why);
  const entries = await trail(eventId);
  expect(entries.map(({ action, after }) => [action, after])).toEqual([
    ['claim.find', { userId: 'kim', codes: 'shown' }],
    ['claim.list', { afterSerial: 0, limit: 10, codes: 'shown' }],
    ['claim.show', { userId: 'kim', codes: 'shown' }],
    ['claim.show', { by: 'code', serial: 1, codes: 'shown' }],
    ['claim.verify', { userId: 'kim', serial: 1 }],
  ]);
  expect(entries.every(({ reason }) => reason === 'kim called')).toBe(true);
  expect(JSON.stringify(entries)).not.toContain(code);
});

it('the audit trail can be read in pages, by actor, action and time', async () => {
  const { eventId } = await lab.createEvent({ stock: 5 });
  for (let i = 0; i < 3; i += 1) {
    await claimAdmin().pause({ eventId }, { ...tester, name: 'kim' });
    await claimAdmin().resume({ eventId }, { ...tester, name: 'lee' });
  }
  const all = await claimAdmin().listAudit({ eventId, limit: 100 }, tester);
  expect(all.entries).toHaveLength(7);
  expect(all.nextCursor).toBeNull();
  const first = await claimAdmin().listAudit({ eventId, limit: 3 }, tester);
  const second = await claimAdmin().listAudit({ eventId, limit: 100, cursor: first.nextCursor ?? '' }, tester);
  expect([...first.entries, ...second.entries]).toEqual(all.entries);
  expect((await claimAdmin().listAudit({ eventId, actor: 'kim', limit: 100 }, tester)).entries).toHaveLength(3);
  expect((await claimAdmin().listAudit({ eventId, action: 'event.resume', limit: 100 }, tester)).entries).toHaveLength(
    3,
  );
  const sinceAtMs = all.entries[1]?.atMs ?? 0;
  const since = await claimAdmin().listAudit({ eventId, sinceAtMs, limit: 100 }, tester);
  expect(since.entries.every(({ atMs }) => atMs >= sinceAtMs)).toBe(true);
  await expect(claimAdmin().listAudit({ limit: 1, cursor: 'x' }, tester)).rejects.toMatchObject({
    code: 'bad_request',
  });
});

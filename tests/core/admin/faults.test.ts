import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../core/access/actor.ts';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import { settleFaultRow } from '../../../core/claims/claim-faults.ts';
import { openCoder } from '../../../core/claims/code.ts';
import { drainOutbox } from '../../../core/engines/stream/drain.ts';
import { findRound } from '../../../core/events/event-rows.ts';
import { catalogue } from '../../../core/metrics/catalogue.ts';
import { createMeters } from '../../../core/metrics/meters.ts';
import { platformViews } from '../../../core/metrics/platform-views.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { openLab, tester, useLab } from '../../support/lab.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

const stores = useTestStores();
const lab = useLab({ stores });

const admin = () => lab.first.admin;
const db = () => lab.first.stores.db;
const redis = () => lab.first.stores.redis.system.client;
const nowMs = () => lab.first.clock.nowMs();
const operator: Actor = { ...tester, name: 'olga', role: 'operator', reason: 'lee was given serial 9 after a top-up' };

const codeOf = async (eventId: string, serial: number, userId: string, round = 1) =>
  openCoder((await findRound(db(), eventId, round))?.roundRow.codeKey ?? Buffer.alloc(32))(serial, userId);

/**
 * Gives kim, lee and park serials 1 to 3. Somebody has already inserted serial 2 into MySQL by hand, so lee's claim is
 * set aside.
 */
async function leeIsSetAside() {
  const { eventId, round } = await lab.createEvent({ stock: 5 });
  for (const user of ['kim', 'lee', 'park']) await lab.claim(eventId, user);
  await plantIntruder(eventId);
  await drainOutbox(lab.first.stores, eventId, round);
  const [fault] = (await faultsOf(eventId)).faults;
  return { eventId, id: fault?.id ?? 0, keys: roundKeys(eventId, round) };
}

const plantIntruder = (eventId: string, serial = 2) =>
  db().claim.create({
    data: {
      ...{ eventId, round: 1, serial, userId: 'intruder', code: `BY-HAND-${eventId.slice(-12)}` },
      ...{ claimedAt: new Date(nowMs()), persistedAt: new Date(nowMs()) },
    },
  });
const removeIntruder = (eventId: string) => db().claim.deleteMany({ where: { eventId, userId: 'intruder' } });

const faultsOf = (eventId: string) => admin().listFaults({ eventId, limit: 100 }, tester);
const settle = (eventId: string, id: number, actor = operator) => admin().settleFault({ eventId, id }, actor);
const reset = (eventId: string) => admin().reset({ eventId, confirm: 'Opening sale' }, tester);
const verdictOf = (eventId: string) => admin().reconcile({ eventId, repair: false }, tester);

async function setAsideCheck(of = lab) {
  const check = (await of.first.health.check()).find(({ name }) => name === 'set_aside');
  if (check === undefined) throw new Error('The readiness report has no `claims` check.');
  return check;
}

async function claimsCheck(eventId: string) {
  const { readiness } = await admin().get(eventId);
  return readiness?.checks.find(({ name }) => name === 'claims');
}

/** How many faults of this event the health check and the metric report. Both are cached for 1 s. */
const alarmOf = async (eventId: string) => {
  const { rounds } = await lab.first.health.faults();
  return rounds.filter((round) => round.eventId === eventId).reduce((sum, { claims }) => sum + claims, 0);
};
const alarmIs = (eventId: string, claims: number) =>
  waitFor(async () => (await alarmOf(eventId)) === claims, { what: `an alarm about ${claims} claims` });

describe('a claim that MySQL could not store', () => {
  it('is listed with its round, serial, user and reason, and the audit trail records that the list was read', async () => {
    const { eventId } = await leeIsSetAside();
    expect(await faultsOf(eventId)).toMatchObject({
      open: 1,
      faults: [{ eventId, round: 1, serial: 2, userId: 'lee', reason: 'serial_taken', settled: null, stored: false }],
    });
    const { entries } = await admin().listAudit({ eventId, action: 'claim.faults', limit: 10 }, tester);
    expect(entries[0]).toMatchObject({ actor: 'tester', round: null, before: null });
  });

  it('still raises the alarm after its event was reset and its round has left Redis', async () => {
    const { eventId, keys } = await leeIsSetAside();
    await reset(eventId);
    await redis().del(...Object.values(keys).filter((key) => key !== keys.gate));
    await db().round.updateMany({ where: { eventId, round: 1 }, data: { unlinkedAt: new Date() } });
    await alarmIs(eventId, 1);
    const check = await setAsideCheck();
    expect(check).toMatchObject({ ok: false, required: false });
    expect(check.detail).toContain(eventId);
    expect(await claimsCheck(eventId)).toMatchObject({
      state: 'problem',
      detail: expect.stringContaining('1 of round 1') as string,
      action: expect.stringContaining(`claims faults ${eventId}`) as string,
    });
    expect(await admin().exportMetrics({ eventId, round: 1, limit: 1 })).toMatchObject({ rounds: [{ setAside: 1 }] });
    const { registry, watch } = createMeters('api', { processMetrics: false });
    watch(platformViews(lab.first));
    expect(await registry.getSingleMetricAsString(catalogue.setAside.name)).toMatch(/set_aside_claims [1-9]/);
  });

  it('is reported by a reconcile after a reset, so the reconcile does not call the event clean', async () => {
    const { eventId } = await leeIsSetAside();
    await reset(eventId);
    const found = await verdictOf(eventId);
    expect(found).toMatchObject({ round: 2, verdict: 'drift' });
    const conflict = found.findings.find(({ kind }) => kind === 'conflict');
    expect(conflict).toMatchObject({ count: 1, examples: [{ serial: 2, userId: 'lee' }] });
    expect(conflict?.examples[0]?.detail).toContain('round 1');
    expect(found.advice.join()).toContain(`claims faults ${eventId}`);
  });

  it('no longer raises the alarm once a repair has stored it', async () => {
    const { eventId } = await leeIsSetAside();
    await alarmIs(eventId, 1);
    await removeIntruder(eventId);
    expect(await admin().reconcile({ eventId, repair: true }, tester)).toMatchObject({ verdict: 'clean' });
    await alarmIs(eventId, 0);
    expect(await faultsOf(eventId)).toMatchObject({ open: 0, faults: [{ stored: true, settled: null }] });
  });

  it('no longer raises the alarm once it is restored in a round that was reset', async () => {
    const { eventId } = await leeIsSetAside();
    await reset(eventId);
    await removeIntruder(eventId);
    const evidence = { eventId, userId: 'lee', serial: 2, code: await codeOf(eventId, 2, 'lee') };
    expect(await admin().restoreClaim(evidence, tester)).toMatchObject({ restored: true });
    await lab.sweep();
    await alarmIs(eventId, 0);
    expect((await verdictOf(eventId)).findings.filter(({ kind }) => kind === 'conflict')).toEqual([]);
  });

  it('still raises the alarm if MySQL has a different serial for the user, or another user for the serial', async () => {
    const { eventId } = await leeIsSetAside();
    await plantRow(eventId, 5, 'lee');
    await lab.sweep();
    await alarmIs(eventId, 1);
  });

  it('raises no alarm under the control strategy, which oversells on purpose', async () => {
    const { eventId, round } = await lab.createEvent({ stock: 5, strategy: 'unsafe' });
    for (const user of ['kim', 'lee']) await lab.claim(eventId, user);
    await db().claimFault.create({
      data: {
        ...{ eventId, round, serial: 2n, userId: 'lee', code: 'C', claimedAt: new Date(), reason: 'serial_taken' },
        ...{ detail: '', entryId: '1-1', position: 0, createdAt: new Date() },
      },
    });
    await redis().hset(roundKeys(eventId, round).setAside, 'lee', 'serial_taken');
    const other = await leeIsSetAside();
    await alarmIs(other.eventId, 1);
    expect(await alarmOf(eventId)).toBe(0);
  });

  it('is still reported by the readiness check while MySQL is down, with a warning that the check can’t see new faults', async () => {
    const { eventId } = await leeIsSetAside();
    await using proxy = await startTcpProxy(Number(new URL(stores.databaseUrl).port));
    await using apart = await openLab({ ...stores, databaseUrl: proxy.through(stores.databaseUrl) });
    expect(await setAsideCheck(apart)).toMatchObject({ ok: false });
    proxy.hold();
    const check = await waitFor(
      async () => {
        const seen = await setAsideCheck(apart);
        return seen.detail.includes('MySQL does not answer') ? seen : null;
      },
      { what: 'the check to say that MySQL is down' },
    );
    expect(check.ok).toBe(false);
    expect(check.detail).toContain(eventId);
  });
});

const plantRow = async (eventId: string, serial: number, userId: string) =>
  db().claim.create({
    data: {
      ...{ eventId, round: 1, serial, userId, code: await codeOf(eventId, serial, userId) },
      ...{ claimedAt: new Date(nowMs()), persistedAt: new Date(nowMs()) },
    },
  });

describe('settling a claim that MySQL could not store', () => {
  it('stops the alarm, records who decided and why, and audits the state before and after', async () => {
    const { eventId, id, keys } = await leeIsSetAside();
    await alarmIs(eventId, 1);
    const settled = { by: 'olga', reason: operator.reason };
    expect(await settle(eventId, id)).toMatchObject({ id, userId: 'lee', settled });
    expect(await redis().hkeys(keys.setAside)).toEqual([]);
    await alarmIs(eventId, 0);
    expect(await claimsCheck(eventId)).toMatchObject({ state: 'ok' });
    expect(await faultsOf(eventId)).toMatchObject({ open: 0, faults: [{ id, settled, stored: false }] });
    const [row] = (await listAudit(db(), { eventId, action: 'claim.settle-fault', limit: 10 })).filter(Boolean);
    expect(row).toMatchObject({
      ...{ actor: 'olga', round: 1, reason: operator.reason },
      ...{ before: { id, userId: 'lee', settled: null }, after: { id, userId: 'lee', settled } },
    });
  });

  it('changes nothing if it is repeated, and returns the first decision', async () => {
    const { eventId, id } = await leeIsSetAside();
    const first = await settle(eventId, id);
    expect(await settle(eventId, id, { ...tester, name: 'otto', reason: 'no idea' })).toEqual(first);
    expect(await listAudit(db(), { eventId, action: 'claim.settle-fault', limit: 10 })).toHaveLength(1);
    const input = { eventId, id, requestId: `settle-${id}` };
    expect(await admin().settleFault(input, operator)).toEqual(first);
    expect(await admin().settleFault(input, operator)).toEqual(first);
  });

  it('keeps one decision and one audit row if two operators settle the claim at once', async () => {
    const { eventId, id } = await leeIsSetAside();
    const actors = ['olga', 'otto', 'oskar'].map((name) => ({ ...operator, name }));
    const answers = await Promise.all(actors.map((actor) => settle(eventId, id, actor)));
    expect(new Set(answers.map(({ settled }) => JSON.stringify(settled))).size).toBe(1);
    expect(await listAudit(db(), { eventId, action: 'claim.settle-fault', limit: 10 })).toHaveLength(1);
  });

  it('is refused without a reason, or if the fault belongs to a different event', async () => {
    const { eventId, id } = await leeIsSetAside();
    const other = await lab.createEvent({ stock: 5 });
    await expect(settle(eventId, id, tester)).rejects.toMatchObject({
      ...{ code: 'bad_request', issues: [{ path: ['reason'] }] },
    });
    await expect(settle(other.eventId, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(settle(eventId, 2 ** 40)).rejects.toMatchObject({ code: 'not_found' });
    await expect(faultsOf('ev_none')).rejects.toMatchObject({ code: 'not_found' });
    expect(await faultsOf(eventId)).toMatchObject({ open: 1 });
  });

  it('does not count that claim as persisted', async () => {
    const { eventId, id } = await leeIsSetAside();
    await removeIntruder(eventId);
    expect(await admin().get(eventId)).toMatchObject({ issued: 3, persisted: 2 });
    await settle(eventId, id);
    expect(await admin().get(eventId)).toMatchObject({ issued: 3, persisted: 2 });
  });

  it('still shows that claim as accepted and other users’ claims as persisted, even without MySQL', async () => {
    const { eventId, id } = await leeIsSetAside();
    await settle(eventId, id);
    const mine = (userId: string, of = lab) => of.first.claims.mine(eventId, userId);
    expect(await mine('lee')).toMatchObject({ serial: 2, state: 'accepted' });
    expect(await mine('park')).toMatchObject({ serial: 3, state: 'persisted' });
    await using proxy = await startTcpProxy(Number(new URL(stores.databaseUrl).port));
    await using apart = await openLab({ ...stores, databaseUrl: proxy.through(stores.databaseUrl) });
    expect(await mine('park', apart)).toMatchObject({ state: 'persisted' });
    proxy.hold();
    expect(await mine('lee', apart)).toMatchObject({ serial: 2, state: 'accepted' });
    proxy.release();
    await removeIntruder(eventId);
    await admin().reconcile({ eventId, repair: true }, tester);
    expect(await mine('lee')).toMatchObject({ serial: 2, state: 'persisted' });
  });

  it('is completed by the sweep if the process dies before it updates Redis', async () => {
    const { eventId, id, keys } = await leeIsSetAside();
    const decided = { atMs: nowMs(), by: 'olga', reason: 'died half way' };
    await db().$transaction((tx) => settleFaultRow(tx, { eventId, id }, decided));
    expect(await redis().hkeys(keys.setAside)).toEqual(['lee']);
    await lab.sweep();
    expect(await redis().hkeys(keys.setAside)).toEqual([]);
    await alarmIs(eventId, 0);
  });

  it('succeeds while Redis is down, and the sweep updates Redis later', async () => {
    const { eventId, id, keys } = await leeIsSetAside();
    await using proxy = await startTcpProxy(Number(new URL(stores.redisUrl).port));
    await using apart = await openLab({ ...stores, redisUrl: proxy.through(stores.redisUrl) });
    proxy.hold();
    expect(await apart.first.admin.settleFault({ eventId, id }, operator)).toMatchObject({ settled: { by: 'olga' } });
    expect(await redis().hkeys(keys.setAside)).toEqual(['lee']);
    await lab.sweep();
    expect(await redis().hkeys(keys.setAside)).toEqual([]);
  });

  it('keeps the user set aside while that user has another open fault in the round', async () => {
    const { eventId, id, keys } = await leeIsSetAside();
    await redis().xadd(keys.outbox, '*', 's', '4', 't', String(nowMs()), 'u', 'lee');
    await plantRow(eventId, 4, 'choi');
    await drainOutbox(lab.first.stores, eventId, 1);
    const { faults } = await faultsOf(eventId);
    const second = faults.find(({ serial }) => serial === 4);
    await settle(eventId, id);
    await lab.sweep();
    expect(await redis().hkeys(keys.setAside)).toEqual(['lee']);
    await alarmIs(eventId, 1);
    await settle(eventId, second?.id ?? 0);
    expect(await redis().hkeys(keys.setAside)).toEqual([]);
    await alarmIs(eventId, 0);
  });

  it('is not undone by a repair that finds the same claim again', async () => {
    const { eventId, id, keys } = await leeIsSetAside();
    await admin().reconcile({ eventId, repair: true }, tester);
    expect(await faultsOf(eventId)).toMatchObject({ open: 1, faults: [{ id }] });
    await settle(eventId, id);
    await admin().reconcile({ eventId, repair: true }, tester);
    expect(await faultsOf(eventId)).toMatchObject({ open: 0, faults: [{ id, settled: { by: 'olga' } }] });
    expect(await redis().hkeys(keys.setAside)).toEqual([]);
  });

  it('is not undone by a drain that reads the same entry again', async () => {
    const { eventId, id, keys } = await leeIsSetAside();
    const { entryId } = await db().claimFault.findUniqueOrThrow({ where: { id: BigInt(id) } });
    await settle(eventId, id);
    await redis().del(keys.outbox);
    await redis().xadd(keys.outbox, entryId, 's', '2', 't', String(nowMs()), 'u', 'lee');
    expect(await drainOutbox(lab.first.stores, eventId, 1)).toEqual({ persisted: 0, setAside: 0 });
    expect(await faultsOf(eventId)).toMatchObject({ open: 0, faults: [{ id }] });
    expect(await redis().hkeys(keys.setAside)).toEqual([]);
  });

  it('does not silence a new fault of the same user', async () => {
    const { eventId, id, keys } = await leeIsSetAside();
    await settle(eventId, id);
    await alarmIs(eventId, 0);
    await plantRow(eventId, 4, 'choi');
    await redis().xadd(keys.outbox, '*', 's', '4', 't', String(nowMs()), 'u', 'lee');
    await drainOutbox(lab.first.stores, eventId, 1);
    await alarmIs(eventId, 1);
    expect(await redis().hkeys(keys.setAside)).toEqual(['lee']);
    expect(await faultsOf(eventId)).toMatchObject({ open: 1, faults: [{ serial: 4, settled: null }, { id }] });
  });

  it('makes a reconcile call the event clean and report who settled the claim', async () => {
    const { eventId, id } = await leeIsSetAside();
    await removeIntruder(eventId);
    expect(await verdictOf(eventId)).toMatchObject({
      verdict: 'drift',
      findings: [{ kind: 'missing_in_db', count: 1 }],
    });
    await settle(eventId, id);
    const found = await verdictOf(eventId);
    expect(found).toMatchObject({ verdict: 'clean', findings: [] });
    expect(found.advice.join()).toContain('decided that 1 winners');
    await reset(eventId);
    await lab.sweep();
    expect((await verdictOf(eventId)).findings.filter(({ kind }) => kind === 'conflict')).toEqual([]);
  });

  it('is shown by a lookup of the claim or its code, before and after the round has left Redis', async () => {
    const { eventId, id } = await leeIsSetAside();
    const evidence = { eventId, userId: 'lee', serial: 2, code: await codeOf(eventId, 2, 'lee') };
    const open = await admin().verifyClaim(evidence, tester);
    expect(open).toMatchObject({ genuine: true, standing: 'held' });
    expect(open.account).toContain(`claims faults ${eventId}`);
    await settle(eventId, id);
    for (const round of [1, 2]) {
      if (round === 2) await reset(eventId);
      const story = await admin().showClaim({ eventId, round: 1, userId: 'lee' }, tester);
      expect(story).toMatchObject({
        ...{ state: 'set_aside', inMySql: 'absent' },
        setAside: { reason: 'serial_taken', settled: { by: 'olga', reason: operator.reason } },
      });
      const proof = await admin().verifyClaim(evidence, tester);
      for (const { account } of [story, proof]) {
        expect(account).toContain('olga settled');
        expect(account).toContain(operator.reason);
        expect(account).not.toContain('The user still has the claim');
      }
      expect(await admin().restoreClaim(evidence, tester)).toMatchObject({ restored: false });
    }
  });
});

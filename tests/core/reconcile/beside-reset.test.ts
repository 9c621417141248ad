import { expect, it } from 'vitest';
import { openCoder } from '../../../core/claims/code.ts';
import { newGate } from '../../../core/engines/gated/seed-gate.ts';
import { insertUnit } from '../../../core/engines/units/unit-rows.ts';
import { takeUnits } from '../../../core/engines/units/unit-scripts.ts';
import { findEvent, findRound, type EventRow } from '../../../core/events/event-rows.ts';
import { addPendingChange } from '../../../core/events/pending-changes.ts';
import { seedGate } from '../../../core/gate/gate-scripts.ts';
import { readGate, sealOf } from '../../../core/gate/gate.ts';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { rebuildRound } from '../../../core/rounds/rebuild-round.ts';
import { tester, useLab } from '../../support/lab.ts';
import { resetRowsAndDie } from '../../support/reset-rows-and-die.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A repair, a rebuild and a reset change the same event at the same time, or one of them dies midway. */
const lab = useLab({ platformCount: 2 });

const redis = () => lab.first.stores.redis.system.client;
const db = () => lab.first.stores.db;
const nowMs = () => lab.first.clock.nowMs();
const runId = () => lab.first.stores.redis.system.runId() ?? '';
const repair = (eventId: string) => lab.first.admin.reconcile({ eventId, repair: true }, tester);

async function rowOf(eventId: string): Promise<EventRow> {
  const event = await findEvent(db(), eventId);
  if (event === null) throw new Error(`There is no event ${eventId}.`);
  return event;
}

it('a pause that only the old gate has survives a repair that runs in the middle of a reset', async () => {
  const { eventId } = await lab.createEvent({ stock: 9 });
  await lab.submit(eventId, 'a');
  await resetRowsAndDie(lab, eventId, { opensAtMs: nowMs() + 60_000 });
  const pendingChanges = addPendingChange('', {
    ...{ action: 'event.pause', actor: 'kim', role: 'operator', door: 'api', reason: null, requestId: 'r1' },
    ...{ inputHash: '', atMs: nowMs(), version: 2, info: {}, round: { paused: true } },
  });
  await redis().hset(gateKey(eventId), 'version', 2, 'paused', 1, 'carry', pendingChanges);
  await repair(eventId);
  expect((await rowOf(eventId)).roundRow).toMatchObject({ round: 2, paused: true });
  expect((await findRound(db(), eventId, 1))?.roundRow.paused).toBe(true);
  expect(await readGate(redis(), eventId)).toMatchObject({ round: 2, paused: true });
});

it('if a gate that a repair made during a reset is lost, no new gate replaces it', async () => {
  const { eventId } = await lab.createEvent({ stock: 9 });
  await lab.submit(eventId, 'old');
  const opensAtMs = nowMs() + 1_500;
  await resetRowsAndDie(lab, eventId, { opensAtMs });
  await repair(eventId);
  await waitFor(() => nowMs() > opensAtMs, { what: 'the opening' });
  expect(await lab.submit(eventId, 'a')).toMatchObject({ status: 'issued', serial: 1, round: 2 });
  await redis().del(...Object.values(roundKeys(eventId, 2)));
  await expect(lab.submit(eventId, 'b')).rejects.toMatchObject({ code: 'gate_lost' });
});

it('a rebuild of the previous round does not replace the next round’s gate', async () => {
  const { eventId } = await lab.createEvent({ stock: 9 });
  await lab.submit(eventId, 'a');
  const before = await rowOf(eventId);
  // The state in the middle of a rebuild: the winners are restored, but not the gate.
  await redis().del(gateKey(eventId));
  await resetRowsAndDie(lab, eventId);
  const atMs = nowMs();
  const next = newGate(await rowOf(eventId), { runId: sealOf(atMs), given: null });
  expect(await seedGate(redis(), eventId, next, 'first')).toBe('seeded');
  expect(
    await seedGate(
      redis(),
      eventId,
      { ...newGate(before, { runId: runId() ?? '', given: null }), issued: 1 },
      'rebuilt',
    ),
  ).toBe('exists');
  await db().round.updateMany({ where: { eventId, round: 2 }, data: { seededAt: new Date(atMs) } });
  expect(await lab.submit(eventId, 'z')).toEqual({ status: 'paused' });
  expect((await readGate(redis(), eventId))?.round).toBe(2);
});

it.each(['redis-counter', 'redis-counter-set'] as const)(
  'a second rebuild of a %s round right after the first does the round no harm',
  async (strategy) => {
    const { eventId } = await lab.createEvent({ stock: 9, strategy });
    await lab.claim(eventId, 'first');
    const keys = roundKeys(eventId, 1);
    const wanted = { unitsMax: 1, callId: strategy === 'redis-counter' ? 'call' : '', users: ['a'] };
    const taken = await takeUnits(redis(), keys, { round: 1, runId: runId(), strategy }, wanted);
    const result = taken.kind === 'decided' ? taken.results[0] : undefined;
    if (result?.kind !== 'unit') throw new Error('no unit');
    const { number: serial, userId, claimedAtMs, attempt } = result.unit;
    const code = openCoder((await rowOf(eventId)).roundRow.codeKey)(serial, userId);
    // MySQL has the claim, Redis has not settled it, and the row still says that a rebuild is under way.
    const claim = { eventId, round: 1, serial, userId, claimedAtMs, code };
    await lab.first.stores.sessions.use((session) => insertUnit(session, claim));
    await db().round.updateMany({ where: { eventId, round: 1 }, data: { rebuildingAt: new Date() } });
    await rebuildRound(lab.first.stores, eventId);
    await redis().hset(keys.attempts, serial, attempt.replace(/^(\d+):\d+:/, '$1:1:'));
    await lab.sweep();
    expect(await lab.claim(eventId, 'new')).toMatchObject({ status: 'issued', serial: 3 });
    expect(await lab.claim(eventId, 'a')).toMatchObject({ status: 'issued', serial: 2, replayed: true });
  },
);

it('a repair stores a lost claim of the previous round in MySQL again, even while another claim of that round is in the outbox', async () => {
  const { eventId } = await lab.createEvent({ stock: 5 });
  await lab.claim(eventId, 'ada');
  await lab.persisted({ eventId, round: 1 });
  await db().claim.deleteMany({ where: { eventId, userId: 'ada' } });
  await lab.claim(eventId, 'ben');
  await lab.first.admin.reset({ eventId, confirm: 'Opening sale' }, tester);
  const look = await lab.first.admin.reconcile({ eventId, repair: false }, tester);
  expect(look.findings).toMatchObject([{ kind: 'stale_round', count: 1 }]);
  expect(look.findings[0]?.examples[0]?.detail).toContain('MySQL lacks 1 of them');
  expect(await repair(eventId)).toMatchObject({ verdict: 'clean', repaired: 1 });
  const rows = await db().claim.findMany({ where: { eventId, round: 1 }, orderBy: { serial: 'asc' } });
  expect(rows.map(({ userId, serial }) => ({ userId, serial }))).toEqual([
    { userId: 'ada', serial: 1 },
    { userId: 'ben', serial: 2 },
  ]);
});

import { expect } from 'vitest';
import { listAudit, type AuditRow } from '../../../core/audit/audit-rows.ts';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { findEvent, type EventRow } from '../../../core/events/event-rows.ts';
import type { Reconciled } from '../../../core/reconcile/report.ts';
import { tester, type Lab } from '../../support/lab.ts';
import { stockLimit, type Played } from './paired-changes.ts';

/**
 * Checks that each user has what the answers promised, that each change took effect as its answer said, and that unsold
 * coupons can be bought.
 */
export async function expectKept(lab: Lab, played: Played): Promise<void> {
  const { eventId } = played.sale;
  const { admin } = lab.first;
  // If MySQL lost a row, only the repair below brings it back.
  if (played.plan.harm !== 'a row') await expectAnswersKept(lab, played);
  await expectAudited(lab, played);
  await expectAgreement(lab, played);
  await expectAnswersKept(lab, played);
  await openEvent(lab, played);
  const newcomers = await sellOut(lab, played);
  for (const [user, outcome] of newcomers) played.sale.told.set(user, outcome);
  const { round } = await admin.get(eventId);
  await lab.persisted({ eventId, round });
  await expectAnswersKept(lab, played);
  expectClean(await admin.reconcile({ eventId, repair: false }, tester), played);
  await expectNoOversell(lab, eventId);
}

async function expectAnswersKept(lab: Lab, { sale: { eventId, told } }: Played): Promise<void> {
  const { db } = lab.first.stores;
  const current = (await rowOf(lab, eventId)).currentRound;
  for (let round = 1; round <= current; round += 1) await lab.persisted({ eventId, round });
  const isLost = (await lab.first.admin.get(eventId)).gateLost;
  for (const [userId, outcome] of told) {
    if (outcome.status !== 'issued') continue;
    const { round, serial, code, claimedAtMs } = outcome;
    const row = await db.claim.findFirst({ where: { eventId, round, userId } });
    const fault = await db.claimFault.findFirst({ where: { eventId, round, userId, settledAt: null } });
    if (row === null && fault === null && isLost === true) continue;
    if (row === null) {
      expect(fault, `${userId} was promised serial ${serial}, and MySQL has nothing`).toMatchObject({
        serial: BigInt(serial),
      });
      const alarm = (await lab.first.health.check()).find(({ name }) => name === 'set_aside');
      expect(alarm).toMatchObject({ ok: false });
    } else {
      expect({ serial: row.serial, code: row.code, at: row.claimedAt.getTime() }).toEqual({
        ...{ serial, code, at: claimedAtMs },
      });
    }
    if (round !== current || isLost === true) continue;
    // For up to a second after the repair, a process may still report the gate as lost.
    await expect
      .poll(() => lab.first.claims.mine(eventId, userId), { timeout: 20_000 })
      .toMatchObject({ serial, code, claimedAtMs, round });
    await expect
      .poll(() => lab.claim(eventId, userId), { timeout: 20_000 })
      .toMatchObject({ status: 'issued', serial, code, claimedAtMs, round });
  }
}

/**
 * Checks that each change took effect once if its answer said that it was done, never if it was refused, and at most
 * once if its outcome is unknown.
 */
async function expectAudited(lab: Lab, { sale: { eventId }, wanted, told }: Played): Promise<void> {
  const entries = await audit(lab, eventId);
  for (const [i, { name, requestId }] of wanted.entries()) {
    if (name === 'repair' || name === 'retire') continue;
    const answers = told[i] ?? [];
    const found = entries.filter((entry) => entry.requestId === requestId).length;
    if (answers.some(({ kind }) => kind === 'done')) expect(found, `${name} was done`).toBe(1);
    else if (answers.every(({ kind }) => kind === 'refused')) expect(found, `${name} was refused`).toBe(0);
    else expect(found, `no process knows of ${name}`).toBeLessThanOrEqual(1);
  }
}

/**
 * Checks that the gate and the row agree. If they differ, a reconcile must report the difference, and a repair must fix
 * it.
 */
async function expectAgreement(lab: Lab, played: Played): Promise<void> {
  const { plan, sale, wanted, told } = played;
  const { eventId } = sale;
  const { admin } = lab.first;
  const look = await admin.reconcile({ eventId, repair: false }, tester);
  if (left(look, played).length === 0) return;
  const repaired = wanted.some(({ name }, i) => name === 'repair' && told[i]?.some(({ kind }) => kind === 'done'));
  if (plan.harm === 'none' || repaired) expectClean(look, played);
  expectClean(await admin.reconcile({ eventId, repair: true }, tester), played);
}

function expectClean(report: Reconciled, played: Played): void {
  const { round, advice } = report;
  expect(
    left(report, played),
    `${JSON.stringify(left(report, played))} in round ${round}: ${advice.join(' ')}`,
  ).toEqual([]);
}

/**
 * Returns the findings that the plan does not explain. A claim that was set aside explains findings about its user, and
 * explains that its past round stays in Redis.
 */
function left({ findings }: Reconciled, { plan }: Played): Reconciled['findings'] {
  if (!plan.setAside) return findings;
  return findings.filter(
    ({ kind, count, examples }) =>
      kind !== 'stale_round' && !(count === examples.length && examples.every(({ userId }) => userId === 'cas')),
  );
}

/**
 * Opens an event that waits for its opening, and gives it an approval if it needs one. Resumes the event if a change
 * has paused it.
 */
async function openEvent(lab: Lab, { plan, sale: { eventId }, wanted, told }: Played): Promise<void> {
  const { admin, clock } = lab.first;
  if (plan.changes.includes('approve')) {
    const { roundRow, currentRound } = await rowOf(lab, eventId);
    const entries = (await audit(lab, eventId)).filter(({ round }) => round === currentRound);
    const given = entries.findLastIndex(({ action }) => action === 'event.approve');
    const asked = entries.findLastIndex(asks);
    expect(roundRow.needsApproval, JSON.stringify(entries)).toBe(roundRow.stock > stockLimit && given < asked);
    if (roundRow.needsApproval) {
      expect(await lab.claim(eventId, 'unapproved')).toMatchObject({ status: 'not_open' });
      const { version } = await admin.get(eventId);
      await admin.approve({ eventId, version }, { ...tester, name: 'bob' });
    }
    await admin.update({ eventId, opensAtMs: clock.nowMs() }, tester);
  }
  const { paused } = await admin.get(eventId);
  if (!paused) return;
  const pauses = wanted.some(({ name }) => name === 'reset' || name === 'repair') || plan.harm !== 'none';
  expect(pauses, `nobody paused it: ${JSON.stringify(told)}`).toBe(true);
  await admin.resume({ eventId }, tester);
}

/** Whether a change altered a value that the approval covers. */
function asks({ action, before, after }: AuditRow): boolean {
  if (action.startsWith('event.reconcile') || action.startsWith('event.repair')) return false;
  const worth = (state: unknown) => {
    const { round, stock, amount, opensAt, closesAt } = (state ?? {}) as Record<string, unknown>;
    return JSON.stringify([round, stock, amount, opensAt, closesAt]);
  };
  return after !== null && worth(before) !== worth(after);
}

async function sellOut(lab: Lab, { sale: { eventId } }: Played): Promise<Map<string, ClaimOutcome>> {
  const { admin } = lab.first;
  const sold = new Map<string, ClaimOutcome>();
  const before = await admin.get(eventId);
  const toSell = before.stock - before.issued;
  // A sold-out event needs a top-up first.
  if (toSell === 0) await admin.topUp({ eventId, add: 1 }, tester);
  for (let i = 0; i < Math.max(toSell, 1); i += 1) {
    const user = `new-${i}`;
    // For up to a second, a process may repeat an earlier answer from MySQL.
    await expect
      .poll(
        async () => {
          const outcome = await lab.claim(eventId, user);
          sold.set(user, outcome);
          return outcome;
        },
        { timeout: 20_000 },
      )
      .toMatchObject({ status: 'issued', replayed: false });
  }
  await expect.poll(() => lab.claim(eventId, 'late'), { timeout: 20_000 }).toEqual({ status: 'sold_out' });
  return sold;
}

async function expectNoOversell(lab: Lab, eventId: string): Promise<void> {
  const { db } = lab.first.stores;
  for (const { round, stock } of await db.round.findMany({ where: { eventId } })) {
    const claims = await db.claim.findMany({ where: { eventId, round } });
    expect(claims.length).toBeLessThanOrEqual(stock);
    expect(Math.max(0, ...claims.map(({ serial }) => serial))).toBeLessThanOrEqual(stock);
  }
}

async function audit(lab: Lab, eventId: string): Promise<AuditRow[]> {
  return (await listAudit(lab.first.stores.db, { eventId, limit: 100 })).reverse();
}

async function rowOf(lab: Lab, eventId: string): Promise<EventRow> {
  const event = await findEvent(lab.first.stores.db, eventId);
  if (event === null) throw new Error('no event');
  return event;
}

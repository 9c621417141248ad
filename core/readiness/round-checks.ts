import { listMindedFaults } from '../engines/engines.ts';
import { eventPhase } from '../events/phase.ts';
import { say } from '../messages/message.ts';
import { findConfigDrift } from '../reconcile/config-drift.ts';
import { alarmingFaults } from './alarm.ts';
import { ok, problem, repairOf, waiting, type Looked, type CheckResult } from './readiness-check.ts';

/** Whether the event will open, or is open: it is not closed, paused or waiting for approval. */
export function checkOpening({ event, nowMs }: Looked): CheckResult {
  const { eventId, roundRow } = event;
  const { opensAtMs, closesAtMs, paused, closedAtMs, needsApproval, approvalAskedBy } = roundRow;
  const phase = eventPhase({ ...roundRow, closed: closedAtMs !== null, issued: 0 }, nowMs);
  const at = new Date(opensAtMs).toISOString();
  if (phase === 'closed') {
    const since = new Date(closesAtMs ?? nowMs).toISOString();
    const found = closedAtMs === null ? say('check_closed_since', { at: since }) : say('check_closed_by_operator');
    return problem(found, say('action_reset'));
  }
  if (needsApproval) {
    const found = say('check_waits_for_approval', { at, askedBy: approvalAskedBy });
    return problem(found, say('action_approve', { eventId, version: event.version }));
  }
  if (paused) {
    const found = phase === 'scheduled' ? say('check_opens_paused', { at }) : say('check_paused');
    return problem(found, say('action_resume', { eventId }));
  }
  return ok(phase === 'scheduled' ? say('check_opens', { at }) : say('check_open_since', { at }));
}

/** Whether the round is seeded, or will be in time. */
export async function checkSeeded({ stores, event, engine, nowMs }: Looked): Promise<CheckResult> {
  const { eventId, strategy, roundRow } = event;
  const { seededAtMs, opensAtMs, needsApproval } = roundRow;
  const check = await engine.readGateCheck(stores, event);
  if (seededAtMs !== null && check.kind === 'not_needed') return ok(say('check_no_gate_needed', { strategy }));
  if (seededAtMs !== null && (await engine.readGate(stores, eventId)) !== null) return ok(say('check_gate_there'));
  if (check.kind === 'retired') return ok(say('check_round_ended'));
  if (check.kind === 'lost') return problem(say('check_gate_lost'), repairOf(event));
  if (needsApproval) return waiting(say('check_after_approval'));
  const dueAtMs = opensAtMs - stores.seedLeadMs;
  if (nowMs < dueAtMs) return waiting(say('check_seeds_at', { at: new Date(dueAtMs).toISOString() }));
  return problem(say('check_seed_overdue'), say('action_see_worker'));
}

/** Whether the gate exists and agrees with the row. */
export async function checkGate({ stores, event, engine }: Looked): Promise<CheckResult> {
  const { eventId, strategy } = event;
  const check = await engine.readGateCheck(stores, event);
  switch (check.kind) {
    case 'not_needed':
      return ok(say('check_row_decides', { strategy }));
    case 'retired':
      return ok(say('check_gate_retired'));
    case 'lost':
      return problem(say('check_gate_lost_claims'), repairOf(event));
    case 'waiting':
    case 'there': {
      const differences = await findConfigDrift(stores, eventId);
      if (differences.length > 0) return problem(differences, repairOf(event));
      if (check.kind === 'waiting') return waiting(say('check_gate_later'));
      return check.trusted ? ok(say('check_gate_agrees')) : waiting(say('check_gate_unchecked'));
    }
  }
}

/** Whether claims are set aside, and how many wait for MySQL. */
export async function checkClaims({ stores, event, engine }: Looked): Promise<CheckResult> {
  const { eventId } = event;
  const [open, status] = await Promise.all([
    listMindedFaults(stores.db, eventId).catch(() => null),
    engine.status(stores, event),
  ]);
  const faults = alarmingFaults(open ?? [], [status]);
  if (faults.length > 0) {
    const rounds = faults.map(({ round, claims }) => ({ round, claims }));
    return problem(say('check_claims_unstored', { rounds }), say('action_settle', { eventId }));
  }
  if (open === null) throw new Error('MySQL does not answer');
  const waits = status.outbox.claims;
  return ok(waits === 0 ? say('check_no_claim_waits') : say('check_claims_wait', { claims: waits }));
}

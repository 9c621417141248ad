import { listMindedFaults } from '../engines/engines.ts';
import { eventPhase } from '../events/phase.ts';
import { findConfigDrift } from '../reconcile/config-drift.ts';
import { alarmingFaults } from './alarm.ts';
import { ok, problem, repairOf, waiting, type Looked, type CheckResult } from './readiness-check.ts';

/** Whether the event opens, or is open: not closed, paused or in need of approval. */
export function checkOpening({ event, nowMs }: Looked): CheckResult {
  const { eventId, roundRow } = event;
  const { opensAtMs, closesAtMs, paused, closedAtMs, needsApproval, approvalAskedBy } = roundRow;
  const phase = eventPhase({ ...roundRow, closed: closedAtMs !== null, issued: 0 }, nowMs);
  const at = new Date(opensAtMs).toISOString();
  if (phase === 'closed') {
    const how = closedAtMs === null ? `since ${new Date(closesAtMs ?? nowMs).toISOString()}` : 'by an operator';
    return problem(`closed ${how}`, 'To sell again, reset it for another round.');
  }
  if (needsApproval) {
    const asked = approvalAskedBy === null ? '' : ` (${approvalAskedBy} asked for it)`;
    const action = `Another admin has to run \`event approve ${eventId} --version ${event.version}\` before the opening.`;
    return problem(`opens at ${at}, but waits for an approval${asked}`, action);
  }
  if (paused) {
    const when = phase === 'scheduled' ? `opens at ${at}, but is paused` : 'paused';
    return problem(when, `Nothing is issued until you run \`event resume ${eventId}\`.`);
  }
  return ok(phase === 'scheduled' ? `opens at ${at}` : `open since ${at}`);
}

/** Whether the round is seeded, or will be in time. */
export async function checkSeeded({ stores, event, engine, nowMs }: Looked): Promise<CheckResult> {
  const { eventId, strategy, roundRow } = event;
  const { seededAtMs, opensAtMs, needsApproval } = roundRow;
  const check = await engine.readGateCheck(stores, event);
  if (seededAtMs !== null && check.kind === 'not_needed') return ok(`${strategy} needs no gate`);
  if (seededAtMs !== null && (await engine.readGate(stores, eventId)) !== null) return ok('its gate is in Redis');
  if (check.kind === 'retired') return ok('the round has ended and left Redis');
  if (check.kind === 'lost') return problem('its gate is lost', repairOf(event));
  if (needsApproval) return waiting('will be, once the event is approved');
  const dueAtMs = opensAtMs - stores.seedLeadMs;
  if (nowMs < dueAtMs) return waiting(`will be at ${new Date(dueAtMs).toISOString()}`);
  return problem('not yet, although it is due', 'See `worker`. The first claim seeds it, so it still opens on time.');
}

/** Whether the gate exists and agrees with the row. */
export async function checkGate({ stores, event, engine }: Looked): Promise<CheckResult> {
  const { eventId, strategy } = event;
  const check = await engine.readGateCheck(stores, event);
  switch (check.kind) {
    case 'not_needed':
      return ok(`with ${strategy}, MySQL's row decides`);
    case 'retired':
      return ok('retired');
    case 'lost':
      return problem('lost: claims answer 503 gate_lost', repairOf(event));
    case 'waiting':
    case 'there': {
      const differences = await findConfigDrift(stores, eventId);
      if (differences.length > 0) return problem(differences.join('; '), repairOf(event));
      if (check.kind === 'waiting') return waiting('will be made when the event is seeded');
      return check.trusted
        ? ok('agrees with the row')
        : waiting('matches its row; Redis was restarted or promoted, so the first claim compares it with MySQL');
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
    const rounds = faults.map(({ round, claims: count }) => `${count} of round ${round}`).join(', ');
    return problem(
      `MySQL could not store some claims, and they are not settled: ${rounds}`,
      `\`claims faults ${eventId}\` lists them. Restore or settle each.`,
    );
  }
  if (open === null) throw new Error('MySQL does not answer');
  const waits = status.outbox.claims;
  return ok(waits === 0 ? 'none waits' : `${waits} wait for MySQL`);
}

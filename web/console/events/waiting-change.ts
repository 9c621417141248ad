import type { AdminEvent, Outputs } from '../shell/session.ts';

type AuditEntry = Outputs['admin']['audit']['list']['entries'][number];

/** The fields that an admin compares before an approval. */
export type Terms = Pick<AdminEvent, 'amount' | 'currency' | 'stock' | 'opensAt' | 'closesAt'>;

/**
 * What the approval would put into effect: a new event, or changes to an event that was approved or needed no approval.
 */
export type WaitingChange = { kind: 'new' } | { kind: 'changed'; before: Terms } | { kind: 'unknown' };

/**
 * Finds what is waiting for approval: the changes since the event's last state that needed no approval. `entries` is
 * the event's audit trail, newest first.
 */
export function waitingChange(entries: readonly AuditEntry[], isComplete: boolean): WaitingChange {
  const states = entries.filter(({ after }) => needsApproval(after) !== undefined);
  const settled = states.findIndex(({ after }) => needsApproval(after) === false);
  const first = settled === -1 ? states.at(-1) : states[settled - 1];
  if (first === undefined || (settled === -1 && !isComplete)) return { kind: 'unknown' };
  if (first.before === null || first.before === undefined) return { kind: 'new' };
  const before = termsOf(first.before);
  return before === null || needsApproval(first.before) === true ? { kind: 'unknown' } : { kind: 'changed', before };
}

function needsApproval(state: unknown): boolean | undefined {
  const value = (state as { needsApproval?: unknown } | null | undefined)?.needsApproval;
  return typeof value === 'boolean' ? value : undefined;
}

function termsOf(state: unknown): Terms | null {
  const { amount, currency, stock, opensAt, closesAt } = state as Partial<Record<keyof Terms, unknown>>;
  if (typeof amount !== 'number' || typeof stock !== 'number') return null;
  if (typeof currency !== 'string' || typeof opensAt !== 'string') return null;
  return { amount, currency, stock, opensAt, closesAt: typeof closesAt === 'string' ? closesAt : null };
}

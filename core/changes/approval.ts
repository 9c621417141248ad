import { isKeyActor } from '../access/api-key.ts';
import type { EventRow } from '../events/event-rows.ts';
import { say, type Message } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import { isoTime } from '../runtime/iso-time.ts';
import type { Change } from './change-event.ts';

/** The highest amount and stock that an event may have without another admin's approval; null means no limit. */
export type ApprovalLimits = { amount: number | null; stock: number | null };

export const noLimits: ApprovalLimits = { amount: null, stock: null };

/** Whether an event with this amount and stock needs an approval. */
export const isAbove = ({ amount, stock }: { amount: number; stock: number }, limits: ApprovalLimits): boolean =>
  (limits.amount !== null && amount > limits.amount) || (limits.stock !== null && stock > limits.stock);

/**
 * Whether there are no limits at all. Without limits, no rule can tell whether an event still needs an approval, so an
 * event that is waiting for one keeps waiting.
 */
export const knowsNone = ({ amount, stock }: ApprovalLimits): boolean => amount === null && stock === null;

/** The limits for an event: those recorded at its creation, otherwise those of this process. */
export const limitsOf = (
  { approvalAmount: amount, approvalStock: stock }: EventRow,
  ofProcess: ApprovalLimits,
): ApprovalLimits => (knowsNone({ amount, stock }) ? ofProcess : { amount, stock });

/**
 * Adds the approval rule to a change. If an event above a limit gets a different amount, currency, stock or time, it
 * needs a new approval, even if it was approved before. Throws `conflict` if the stock of an open event is raised above
 * the limit, because an open event can't wait for an approval.
 */
export const withApproval =
  (change: Change, ofProcess: ApprovalLimits, askedBy: string): Change =>
  (before, facts) => {
    const limits = limitsOf(before, ofProcess);
    const after = change(before, facts);
    if (!differs(before, after)) return after;
    if (knowsNone(limits)) return before.roundRow.needsApproval ? held(after, askedBy) : after;
    if (!isAbove({ amount: after.amount, stock: after.roundRow.stock }, limits)) return held(after, null);
    if (before.roundRow.needsApproval || facts.nowMs < before.roundRow.opensAtMs) return held(after, askedBy);
    if (after.roundRow.stock <= before.roundRow.stock) return after;
    throw conflict(say('stock_needs_approval', { stock: after.roundRow.stock }));
  };

/**
 * Approves the event as it is now. Throws `conflict` if there is nothing to approve, or if the approver is one of
 * `makers`, the people who created or changed the event.
 */
export const approveEvent =
  (approver: string, makers: ReadonlySet<string>): Change =>
  (event, { nowMs }) => {
    const { eventId, roundRow } = event;
    if (isKeyActor(approver)) throw conflict(say('approver_is_key'));
    const { needsApproval, approvalAskedBy, opensAtMs, closedAtMs } = roundRow;
    if (closedAtMs !== null) throw conflict(say('closed_unapproved', { eventId }));
    if (!needsApproval) throw conflict(say('no_approval_needed', { eventId }));
    if (approvalAskedBy === approver) throw conflict(say('approver_asked', { eventId, approver }));
    if (makers.has(approver)) throw conflict(say('approver_changed_event', { eventId, approver }));
    if (nowMs >= opensAtMs) throw conflict(say('opening_passed', { eventId, opensAt: isoTime(opensAtMs) }));
    return held(event, null);
  };

const conflict = (message: Message): Fault => new Fault('conflict', message);

const differs = (before: EventRow, after: EventRow): boolean =>
  before.amount !== after.amount ||
  before.currency !== after.currency ||
  (['stock', 'opensAtMs', 'closesAtMs'] as const).some((field) => before.roundRow[field] !== after.roundRow[field]);

const held = (event: EventRow, askedBy: string | null): EventRow => ({
  ...event,
  roundRow: { ...event.roundRow, needsApproval: askedBy !== null, approvalAskedBy: askedBy },
});

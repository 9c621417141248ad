import { auditable } from '../audit/audit-change.ts';
import { pickInfo } from '../events/event-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { PendingChange } from '../events/pending-changes.ts';

/** The steps in which a change reaches the gate and the row. */
export type ChangeSteps = {
  /**
   * What the gate gets before the commit, so that it can refuse the change; null if it gets nothing before the commit.
   */
  first: EventRow | null;
  /** What the row becomes. */
  after: EventRow;
  /** Whether the stock is raised. The gate gets the raised stock only after the commit. */
  raises: boolean;
};

/**
 * Divides a change into steps. The gate gets a raised stock only after the commit, so that MySQL never refuses a serial
 * that the gate gave. The gate gets everything else before the commit. Each step that changes the gate has its own
 * version. `row` is the event as MySQL has it; `before` also has the changes that only the gate had; `decided` is the
 * changed event.
 */
export function changeSteps(row: EventRow, before: EventRow, decided: EventRow): ChangeSteps {
  const raises = decided.roundRow.stock > row.roundRow.stock;
  const stock = Math.min(decided.roundRow.stock, row.roundRow.stock);
  const version = before.version + 1;
  const first: EventRow = { ...decided, version, roundRow: { ...decided.roundRow, stock } };
  if (raises && sameEvent({ ...before, version }, first)) {
    return { first: null, after: { ...decided, version }, raises };
  }
  return { first, after: { ...decided, version: raises ? version + 1 : version }, raises };
}

/** The fields that a change sets to a new value. */
export function difference(before: EventRow, after: EventRow): Pick<PendingChange, 'info' | 'round'> {
  const round = ({ roundRow }: EventRow) => {
    const { stock, opensAtMs, closesAtMs, paused, closedAtMs, needsApproval, approvalAskedBy, reserved } = roundRow;
    return { stock, opensAtMs, closesAtMs, paused, closedAtMs, needsApproval, approvalAskedBy, reserved };
  };
  return { info: changed(pickInfo(before), pickInfo(after)), round: changed(round(before), round(after)) };
}

/** Whether two states of an event look the same from outside. */
export const sameEvent = (a: EventRow, b: EventRow): boolean =>
  JSON.stringify(auditable(a)) === JSON.stringify(auditable(b));

function changed<Fields extends object>(before: Fields, after: Fields): Partial<Fields> {
  const entries = Object.entries(after).filter(([field, value]) => before[field as keyof Fields] !== value);
  return Object.fromEntries(entries) as Partial<Fields>;
}

import { limits } from '../event.ts';
import { Fault } from '../fault.ts';
import type { EventRow } from '../mysql/event-rows.ts';
import type { UpdateEventInput } from '../platform.ts';

/** What decides whether a change is allowed. */
export type ChangeFacts = {
  nowMs: number;
  /** Claims issued so far, as far as is known. */
  issued: number;
};

/** A change as a pure function: the event as it should be, or a thrown `conflict` or `bad_request`. */
export type Change = (event: EventRow, facts: ChangeFacts) => EventRow;

export const pauseEvent: Change = (event, facts) => withRound(refuseClosed(event, facts), { paused: true });

export const resumeEvent: Change = (event, facts) => withRound(refuseClosed(event, facts), { paused: false });

/** Final for the round; closing what is closed changes nothing. */
export const closeEvent: Change = (event, { nowMs }) =>
  event.roundRow.closedAtMs === null ? withRound(event, { closedAtMs: nowMs }) : event;

export const topUpEvent =
  (add: number): Change =>
  (event, facts) => {
    const stock = event.roundRow.stock + add;
    if (stock > limits.stockMax) throw badField('add', `would raise the stock to ${stock}, above ${limits.stockMax}`);
    return withRound(refuseClosed(event, facts), { stock });
  };

export const updateEvent =
  (input: UpdateEventInput): Change =>
  (event, facts) => {
    refuseClosed(event, facts);
    refuseFixed(event, input, facts);
    const { opensAtMs = event.roundRow.opensAtMs, closesAtMs = event.roundRow.closesAtMs } = input;
    if (closesAtMs !== null && closesAtMs <= opensAtMs) throw badField('closesAt', 'must be after opensAt');
    if (input.stock !== undefined && input.stock < facts.issued) {
      throw new Fault('conflict', `The stock can't be ${input.stock}: ${facts.issued} are issued already.`);
    }
    const changed: EventRow = {
      ...event,
      name: input.name ?? event.name,
      description: input.description ?? event.description,
      amount: input.amount ?? event.amount,
      currency: input.currency ?? event.currency,
      strategy: input.strategy ?? event.strategy,
      timeZone: input.timeZone === undefined ? event.timeZone : input.timeZone,
      listed: input.listed ?? event.listed,
    };
    return withRound(changed, { opensAtMs, closesAtMs, stock: input.stock ?? event.roundRow.stock });
  };

function refuseFixed(event: EventRow, input: UpdateEventInput, { nowMs }: ChangeFacts): void {
  const seeded = event.roundRow.seededAtMs !== null || event.currentRound > 1;
  for (const field of ['strategy', 'amount', 'currency'] as const) {
    if (seeded && input[field] !== undefined && input[field] !== event[field]) {
      throw new Fault('conflict', `The ${field} is fixed once the event is seeded. Create another event instead.`);
    }
  }
  const { opensAtMs } = input;
  if (opensAtMs === undefined || opensAtMs === event.roundRow.opensAtMs) return;
  // What waits for an approval has never opened.
  if (nowMs >= event.roundRow.opensAtMs && !event.roundRow.needsApproval)
    throw new Fault('conflict', 'The opening time is fixed once the event is open.');
  if (opensAtMs < nowMs - limits.opensAtPastMs) throw badField('opensAt', 'lies in the past');
}

function refuseClosed(event: EventRow, { nowMs }: ChangeFacts): EventRow {
  const { closedAtMs, closesAtMs } = event.roundRow;
  if (closedAtMs === null && (closesAtMs === null || nowMs < closesAtMs)) return event;
  throw new Fault('conflict', `Event ${event.eventId} is closed, which is final for its round ${event.currentRound}.`);
}

const withRound = (event: EventRow, change: Partial<EventRow['roundRow']>): EventRow => ({
  ...event,
  roundRow: { ...event.roundRow, ...change },
});

const badField = (field: string, message: string): Fault =>
  new Fault('bad_request', `${field} ${message}.`, { issues: [{ path: [field], message }] });

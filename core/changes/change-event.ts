import { engineOf } from '../engines/engines.ts';
import { badFields } from '../events/bad-fields.ts';
import { withInfo } from '../events/event-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import { limits } from '../events/event.ts';
import { withRange } from '../events/reserved-serials.ts';
import { Fault } from '../runtime/fault.ts';
import { checkCurrency, closingTooEarly, refuseEarlyEnd } from './change-rules.ts';
import type { UpdateEventInput } from './inputs.ts';
import { refuseOtherName } from './open-cut.ts';

/** The facts that decide whether a change is allowed. */
export type ChangeFacts = {
  nowMs: number;
  /** Claims issued so far, if known. */
  issued: number;
};

/** A change as a pure function: returns the event as it should be, or throws `conflict` or `bad_request`. */
export type Change = (event: EventRow, facts: ChangeFacts) => EventRow;

export const pauseEvent: Change = (event, facts) => withRound(refuseClosed(event, facts), { paused: true });

/** With `fromSerial`, the next new claim gets that serial. The serials below it that nobody has stay reserved. */
export const resumeEvent =
  (fromSerial?: number): Change =>
  (event, facts) => {
    const resumed = withRound(refuseClosed(event, facts), { paused: false });
    if (fromSerial === undefined) return resumed;
    return withRound(resumed, { reserved: reserveBelow(event, fromSerial, facts) });
  };

/** Final for the round. Closing a closed event changes nothing. */
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
    refuseOtherName(event, input.confirm);
    checkCurrency(input.currency, event.currency);
    refuseFixed(event, input, facts);
    const { opensAtMs = event.roundRow.opensAtMs, closesAtMs = event.roundRow.closesAtMs } = input;
    if (closesAtMs !== null && closesAtMs <= opensAtMs) throw badFields([closingTooEarly]);
    refuseEarlyEnd(input, { opensAtMs, closesAtMs, validUntilMs: event.validUntilMs });
    if (input.stock !== undefined && input.stock < facts.issued) {
      throw new Fault('conflict', `The stock can't be ${input.stock}: ${facts.issued} are issued already.`);
    }
    const changed: EventRow = {
      ...event,
      ...withInfo(event, input),
      strategy: input.strategy ?? event.strategy,
    };
    return withRound(changed, { opensAtMs, closesAtMs, stock: input.stock ?? event.roundRow.stock });
  };

function reserveBelow({ eventId, strategy, roundRow }: EventRow, fromSerial: number, { issued }: ChangeFacts): string {
  const { paused, stock, reserved } = roundRow;
  engineOf(strategy).refuseOtherSerial({ eventId, strategy });
  if (!paused) {
    throw new Fault(
      'conflict',
      `Event ${eventId} is not paused, so its next serial is already being given. Pause it first, then resume it from serial ${fromSerial}.`,
    );
  }
  if (fromSerial <= issued) {
    throw new Fault(
      'conflict',
      `Serial ${fromSerial} is not above the counter of event ${eventId}: serials up to ${issued} are given, or kept, already. The lowest to go on from is ${issued + 1}.`,
    );
  }
  if (fromSerial > stock) {
    throw new Fault(
      'conflict',
      `Serial ${fromSerial} is above the stock of event ${eventId}, which is ${stock}: nothing would be left to sell. Close the event, or top it up first.`,
    );
  }
  // If it is the very next serial, there is nothing to reserve.
  if (fromSerial === issued + 1) return reserved;
  const ranges = withRange(reserved, { from: issued + 1, to: fromSerial - 1 });
  if (ranges !== null) return ranges;
  throw new Fault(
    'conflict',
    `Serials of event ${eventId} were reserved too often to keep one range more. Resume it without a serial, or reset it.`,
  );
}

function refuseFixed(event: EventRow, input: UpdateEventInput, { nowMs }: ChangeFacts): void {
  const seeded = event.roundRow.seededAtMs !== null || event.currentRound > 1;
  for (const field of ['strategy', 'amount', 'currency'] as const) {
    if (seeded && input[field] !== undefined && input[field] !== event[field]) {
      throw new Fault('conflict', `The ${field} is fixed once the event is seeded. Create another event instead.`);
    }
  }
  const { opensAtMs } = input;
  if (opensAtMs === undefined || opensAtMs === event.roundRow.opensAtMs) return;
  // An event that waits for an approval has never opened.
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

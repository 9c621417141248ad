import { engineOf } from '../engines/engines.ts';
import { badFields, refuseBadFields } from '../events/bad-fields.ts';
import { withInfo } from '../events/event-fields.ts';
import type { EventRow } from '../events/event-rows.ts';
import { limits } from '../events/event.ts';
import { withRange } from '../events/reserved-serials.ts';
import { say, type Message } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import {
  currencyIssues,
  earlyEndIssues,
  lineIssues,
  openingIssues,
  windowIssues,
  triesIssues,
} from './change-rules.ts';
import type { UpdateEventInput } from './inputs.ts';
import { nameIssues } from './open-cut.ts';

/** The facts that decide whether a change is allowed. */
export type ChangeFacts = {
  nowMs: number;
  /** How many claims have been issued so far; without a gate, as many as are known. */
  issued: number;
};

/** A change as a pure function: returns the changed event, or throws `conflict` or `bad_request`. */
export type Change = (event: EventRow, facts: ChangeFacts) => EventRow;

export const pauseEvent: Change = (event, facts) => withRound(refuseClosed(event, facts), { paused: true });

/** With `fromSerial`, the next new claim gets that serial. Lower serials without a claim stay reserved. */
export const resumeEvent =
  (fromSerial?: number): Change =>
  (event, facts) => {
    const resumed = withRound(refuseClosed(event, facts), { paused: false });
    if (fromSerial === undefined) return resumed;
    return withRound(resumed, { reserved: reserveBelow(event, fromSerial, facts) });
  };

/** Closes the round permanently. Closing a closed event changes nothing. */
export const closeEvent: Change = (event, { nowMs }) =>
  event.roundRow.closedAtMs === null ? withRound(event, { closedAtMs: nowMs }) : event;

export const topUpEvent =
  (add: number): Change =>
  (event, facts) => {
    const stock = event.roundRow.stock + add;
    if (stock > limits.stockMax)
      throw badFields([{ path: ['add'], ...say('stock_above_max', { stock, max: limits.stockMax }) }]);
    return withRound(refuseClosed(event, facts), { stock });
  };

export const updateEvent =
  (input: UpdateEventInput): Change =>
  (event, facts) => {
    refuseClosed(event, facts);
    const { opensAtMs = event.roundRow.opensAtMs, closesAtMs = event.roundRow.closesAtMs } = input;
    refuseBadFields([
      ...nameIssues(event, input.confirm),
      ...currencyIssues(input.currency, event.currency),
      ...(movesOpening(event, opensAtMs) && !hasOpened(event, facts) ? openingIssues(opensAtMs, facts.nowMs) : []),
      ...windowIssues(opensAtMs, closesAtMs),
      ...earlyEndIssues(input, { opensAtMs, closesAtMs, validUntilMs: event.validUntilMs }),
      ...triesIssues(input, event),
      ...lineIssues(input, event),
    ]);
    refuseFixed(event, input, facts);
    const { stock } = input;
    if (stock !== undefined && stock < facts.issued)
      throw conflict(say('stock_below_issued', { stock, issued: facts.issued }));
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
    throw conflict(say('not_paused', { eventId, serial: fromSerial }));
  }
  if (fromSerial <= issued) {
    throw conflict(say('serial_given', { eventId, serial: fromSerial, issued }));
  }
  if (fromSerial > stock) {
    throw conflict(say('serial_above_stock', { eventId, serial: fromSerial, stock }));
  }
  // If `fromSerial` is the very next serial, there is nothing to reserve.
  if (fromSerial === issued + 1) return reserved;
  const ranges = withRange(reserved, { from: issued + 1, to: fromSerial - 1 });
  if (ranges !== null) return ranges;
  throw conflict(say('reserved_too_often', { eventId }));
}

function refuseFixed(event: EventRow, input: UpdateEventInput, facts: ChangeFacts): void {
  const seeded = event.roundRow.seededAtMs !== null || event.currentRound > 1;
  for (const field of ['strategy', 'amount', 'currency'] as const) {
    if (seeded && input[field] !== undefined && input[field] !== event[field]) {
      throw conflict(say('fixed_once_seeded', { field }));
    }
  }
  const { opensAtMs = event.roundRow.opensAtMs } = input;
  if (movesOpening(event, opensAtMs) && hasOpened(event, facts)) throw conflict(say('opening_fixed'));
}

const movesOpening = ({ roundRow }: EventRow, opensAtMs: number): boolean => opensAtMs !== roundRow.opensAtMs;

/** A round that still needs approval has not opened, even if its opening time has passed. */
const hasOpened = ({ roundRow }: EventRow, { nowMs }: ChangeFacts): boolean =>
  nowMs >= roundRow.opensAtMs && !roundRow.needsApproval;

function refuseClosed(event: EventRow, { nowMs }: ChangeFacts): EventRow {
  const { closedAtMs, closesAtMs } = event.roundRow;
  if (closedAtMs === null && (closesAtMs === null || nowMs < closesAtMs)) return event;
  throw conflict(say('closed', { eventId: event.eventId, round: event.currentRound }));
}

const withRound = (event: EventRow, change: Partial<EventRow['roundRow']>): EventRow => ({
  ...event,
  roundRow: { ...event.roundRow, ...change },
});

const conflict = (message: Message): Fault => new Fault('conflict', message);

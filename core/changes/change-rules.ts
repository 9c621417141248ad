import { z } from 'zod';
import { badFields, checkFields } from '../events/bad-fields.ts';
import { limits } from '../events/event.ts';
import * as field from '../events/fields.ts';
import type { FaultIssue } from '../runtime/fault.ts';
import { isoTime } from '../runtime/iso-time.ts';

/** Throws `bad_request` for a currency that no new event may have; an event from before that was checked keeps its own. */
export function checkCurrency(asked: string | undefined, held: string): void {
  if (asked === undefined || asked === held) return;
  checkFields(z.object({ currency: field.infoChecks.currency }), { currency: asked });
}

/** Throws `bad_request` when `opensAtMs` lies more in the past than clocks and networks explain. */
export function checkOpening(opensAtMs: number, nowMs: number): void {
  if (opensAtMs >= nowMs - limits.opensAtPastMs) return;
  throw badFields([{ path: ['opensAt'], message: `is in the past: it is ${new Date(nowMs).toISOString()} now` }]);
}

export const closingTooEarly: FaultIssue = { path: ['closesAt'], message: 'must be after opensAt' };

/** What is asked for of the times of an event; what is absent stays. */
type TimesAsked = {
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  validUntilMs?: number | null | undefined;
};

/**
 * Throws `bad_request` for coupons that would end before people can have them. Only where one of the times is asked for: of an
 * event from before, every other change goes through.
 */
export function refuseEarlyEnd(
  asked: TimesAsked,
  before: { opensAtMs: number; closesAtMs: number | null; validUntilMs: number | null },
): void {
  const { opensAtMs = before.opensAtMs, closesAtMs = before.closesAtMs, validUntilMs = before.validUntilMs } = asked;
  const isAsked = [asked.opensAtMs, asked.closesAtMs, asked.validUntilMs].some((time) => time !== undefined);
  if (validUntilMs === null || !isAsked) return;
  const [last, name] = closesAtMs === null ? [opensAtMs, 'opensAt'] : [closesAtMs, 'closesAt'];
  if (validUntilMs > last) return;
  const held = `. It is ${isoTime(validUntilMs)}: give the event a later one first`;
  throw badFields([
    { path: ['validUntil'], message: `must be after ${name}${asked.validUntilMs === undefined ? held : ''}` },
  ]);
}

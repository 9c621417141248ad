import { z } from 'zod';
import { badFields, checkFields } from '../events/bad-fields.ts';
import { limits } from '../events/event.ts';
import * as field from '../events/fields.ts';
import type { FaultIssue } from '../runtime/fault.ts';
import { isoTime } from '../runtime/iso-time.ts';

/** Throws `bad_request` for a currency that a new event may not have. An event from before this check keeps its own. */
export function checkCurrency(asked: string | undefined, held: string): void {
  if (asked === undefined || asked === held) return;
  checkFields(z.object({ currency: field.infoChecks.currency }), { currency: asked });
}

/** Throws `bad_request` if `opensAtMs` is further in the past than network delay and differing clocks explain. */
export function checkOpening(opensAtMs: number, nowMs: number): void {
  if (opensAtMs >= nowMs - limits.opensAtPastMs) return;
  throw badFields([{ path: ['opensAt'], message: `is in the past: it is ${new Date(nowMs).toISOString()} now` }]);
}

export const closingTooEarly: FaultIssue = { path: ['closesAt'], message: 'must be after opensAt' };

/** The times that a request gives an event. An absent time stays. */
type TimesAsked = {
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  validUntilMs?: number | null | undefined;
};

/**
 * Throws `bad_request` if the coupons would expire before people can get them. Checks only requests that give one of
 * these times, so that other changes of an older event still work.
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

import { z } from 'zod';
import { fieldIssues } from '../events/bad-fields.ts';
import { limits } from '../events/event.ts';
import * as field from '../events/fields.ts';
import { say } from '../messages/message.ts';
import type { FaultIssue } from '../runtime/fault.ts';
import { isoTime } from '../runtime/iso-time.ts';

/** What is wrong with the fields of a change, each as an issue: callers refuse all of them together. */

/** Of a currency that no new event may have; an event from before that was checked keeps its own. */
export function currencyIssues(asked: string | undefined, held: string): FaultIssue[] {
  if (asked === undefined || asked === held) return [];
  return fieldIssues(z.object({ currency: field.infoChecks.currency }), { currency: asked });
}

/** Of an `opensAtMs` that lies more in the past than clocks and networks explain. */
export function openingIssues(opensAtMs: number, nowMs: number): FaultIssue[] {
  if (opensAtMs >= nowMs - limits.opensAtPastMs) return [];
  return [{ path: ['opensAt'], ...say('time_past', { now: isoTime(nowMs) }) }];
}

/** Of an event that would close before it opens. */
export function windowIssues(opensAtMs: number, closesAtMs: number | null): FaultIssue[] {
  if (closesAtMs === null || closesAtMs > opensAtMs) return [];
  return [{ path: ['closesAt'], ...say('time_after', { field: 'opensAt' }) }];
}

/** The times that a request gives an event. An absent time stays. */
type TimesAsked = {
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  validUntilMs?: number | null | undefined;
};

/**
 * Of coupons that would end before people can have them. Only where one of the times is asked for: of an event from before,
 * every other change goes through.
 */
export function earlyEndIssues(
  asked: TimesAsked,
  before: { opensAtMs: number; closesAtMs: number | null; validUntilMs: number | null },
): FaultIssue[] {
  const { opensAtMs = before.opensAtMs, closesAtMs = before.closesAtMs, validUntilMs = before.validUntilMs } = asked;
  const isAsked = [asked.opensAtMs, asked.closesAtMs, asked.validUntilMs].some((time) => time !== undefined);
  if (validUntilMs === null || !isAsked) return [];
  const [last, name] = closesAtMs === null ? [opensAtMs, 'opensAt'] : [closesAtMs, 'closesAt'];
  if (validUntilMs > last) return [];
  const rule =
    asked.validUntilMs === undefined
      ? say('held_time_after', { field: name, held: isoTime(validUntilMs) })
      : say('time_after', { field: name });
  return [{ path: ['validUntil'], ...rule }];
}

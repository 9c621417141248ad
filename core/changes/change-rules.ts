import { z } from 'zod';
import { badFields, checkFields } from '../events/bad-fields.ts';
import { limits } from '../events/event.ts';
import * as field from '../events/fields.ts';
import type { FaultIssue } from '../runtime/fault.ts';

/** Throws `bad_request` for a currency that no new event may have; an event from before that was checked keeps its own. */
export function checkCurrency(asked: string | undefined, held: string): void {
  if (asked === undefined || asked === held) return;
  checkFields(z.object({ currency: field.currency }), { currency: asked });
}

/** Throws `bad_request` when `opensAtMs` lies more in the past than clocks and networks explain. */
export function checkOpening(opensAtMs: number, nowMs: number): void {
  if (opensAtMs >= nowMs - limits.opensAtPastMs) return;
  throw badFields([{ path: ['opensAt'], message: `is in the past: it is ${new Date(nowMs).toISOString()} now` }]);
}

export const closingTooEarly: FaultIssue = { path: ['closesAt'], message: 'must be after opensAt' };

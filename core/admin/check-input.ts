import { z } from 'zod';
import { earlyEndIssues, lineIssues, triesIssues, windowIssues } from '../changes/change-rules.ts';
import type {
  ChangeInput,
  CreateEventInput,
  ResetInput,
  ResumeInput,
  TopUpInput,
  UpdateEventInput,
} from '../changes/inputs.ts';
import { badFields, checkFields, fieldIssues, refuseBadFields } from '../events/bad-fields.ts';
import { eachField, isNullable } from '../events/event-fields.ts';
import { type StrategyName } from '../events/event.ts';
import * as field from '../events/fields.ts';
import { say } from '../messages/message.ts';
import type { ClaimEvidence, ClaimQuery, ClaimsBrowseQuery, ClaimsPageQuery } from './claim-queries.ts';

const created = z.object({
  ...eachField<z.ZodRawShape>((name) => (isNullable(name) ? field.infoChecks[name].nullish() : field.infoChecks[name])),
  stock: field.stock,
  opensAtMs: field.timeMs,
  closesAtMs: field.timeMs.nullish(),
  strategy: field.strategy,
  requestId: field.requestId.optional(),
});

const change = z.object({
  eventId: field.eventId,
  version: field.version.optional(),
  requestId: field.requestId.optional(),
});
const updated = created
  .partial()
  .extend({ currency: field.heldCurrency.optional(), confirm: field.confirm.optional() });
const resumed = z.object({ fromSerial: field.serial.optional() });
const toppedUp = z.object({ add: field.stock });
const reset = created
  .pick({ opensAtMs: true, closesAtMs: true, stock: true })
  .partial()
  .extend({ confirm: field.confirm });

const eventAsked = z.object({ eventId: field.eventId });
const roundAsked = eventAsked.extend({ round: field.round.optional() });
const claimsFound = eventAsked.partial().extend({ userId: field.userId });
const claimsPage = roundAsked.extend({ afterSerial: field.afterSerial.optional() });
const claimsBrowsed = roundAsked.extend({
  userId: field.userId.optional(),
  serial: field.serial.optional(),
  after: field.afterSerial.optional(),
});
const claimAsked = roundAsked.extend({ userId: field.userId, serial: field.serial }).partial();
const evidence = roundAsked.extend({ userId: field.userId, serial: field.serial });
const auditAsked = eventAsked.extend({ actor: field.auditActor, action: field.auditAction }).partial();

/**
 * These functions check the limits of the public contract, for the API and the CLI. Each throws one `bad_request` that
 * lists every wrong field. For a change, the function checks only what `checkChange` does not.
 */
export function checkCreate(input: CreateEventInput): void {
  const { opensAtMs, closesAtMs = null, validUntilMs = null } = input;
  refuseBadFields([
    ...fieldIssues(created, input),
    ...windowIssues(opensAtMs, closesAtMs),
    ...earlyEndIssues(input, { opensAtMs, closesAtMs, validUntilMs }),
    ...triesIssues(input, { triesMax: null, triesWindowMs: null }),
    ...lineIssues(input, { line: null, strategy: input.strategy }),
  ]);
}

export const checkChange = (input: ChangeInput): void => checkFields(change, input);

export const checkUpdate = (input: UpdateEventInput): void => checkFields(updated, input);

export const checkResume = (input: ResumeInput): void => checkFields(resumed, input);

export const checkTopUp = (input: TopUpInput): void => checkFields(toppedUp, input);

/** Does not check whether `confirm` is the event's name. */
export const checkReset = (input: ResetInput): void => checkFields(reset, input);

/** Checks the event id of a query, so that a malformed id is reported as malformed, not as a missing event. */
export const checkEventId = (eventId: string): void => checkFields(eventAsked, { eventId });

export const checkRoundAsked = (query: { eventId?: string | undefined; round?: number | undefined }): void =>
  checkFields(roundAsked.partial(), query);

export const checkClaimsFind = (query: { userId: string; eventId?: string | undefined }): void =>
  checkFields(claimsFound, query);

export const checkClaimsPage = (query: ClaimsPageQuery): void => checkFields(claimsPage, query);

export const checkClaimsBrowse = (query: ClaimsBrowseQuery): void => checkFields(claimsBrowsed, query);

/** Does not check the form of a code; `mustReadCode` does. */
export const checkClaimQuery = (query: ClaimQuery): void => checkFields(claimAsked, query);

export const checkEvidence = (shown: ClaimEvidence): void => checkFields(evidence, shown);

export const checkFaultsAsked = (query: { eventId: string; round?: number | undefined }): void =>
  checkFields(roundAsked, query);

export const checkAuditQuery = (query: {
  eventId?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
}): void => checkFields(auditAsked, query);

/**
 * Throws `bad_request` if this system does not offer the strategy. A system always offers every strategy except the
 * control, which oversells.
 */
export function checkStrategy(strategy: StrategyName | undefined, offered: ReadonlySet<StrategyName>): void {
  if (strategy === undefined || offered.has(strategy)) return;
  const rule = say('not_offered', { allowed: [...offered], strategy });
  throw badFields([{ path: ['strategy'], ...rule }]);
}

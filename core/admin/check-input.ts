import { z } from 'zod';
import { limits, type StrategyName } from '../event.ts';
import { Fault, type FaultIssue } from '../fault.ts';
import * as field from '../fields.ts';
import type { CreateApiKeyInput, RevokeApiKeyInput } from './api-key-desk.ts';
import type { SettleFaultInput } from './fault-desk.ts';
import type {
  ChangeInput,
  ClaimEvidence,
  ClaimQuery,
  ClaimsPageQuery,
  CreateEventInput,
  ResetInput,
  ResumeInput,
  TopUpInput,
  UpdateEventInput,
} from '../platform.ts';

const timeMs = z.int('must be a time');

const created = z.object({
  name: field.eventName,
  amount: field.amount,
  stock: field.stock,
  opensAtMs: timeMs,
  closesAtMs: timeMs.nullish(),
  currency: field.currency,
  strategy: field.strategy,
  timeZone: field.timeZone.nullish(),
  description: field.description,
  listed: field.listed,
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

const keyCreated = z
  .object({
    name: field.keyName,
    role: field.role,
    ttlSeconds: field.ttlSeconds.optional(),
    expiresAtMs: timeMs.nullish(),
    requestId: field.requestId.optional(),
  })
  .refine(({ ttlSeconds, expiresAtMs }) => ttlSeconds === undefined || expiresAtMs === undefined, {
    error: 'must not come together with expiresAt',
    path: ['ttlSeconds'],
  });
const keyRevoked = z.object({ id: field.keyId, requestId: field.requestId.optional() });

const eventAsked = z.object({ eventId: field.eventId });
const roundAsked = eventAsked.extend({ round: field.round.optional() });
const claimsFound = eventAsked.partial().extend({ userId: field.userId });
const claimsPage = roundAsked.extend({ afterSerial: field.afterSerial.optional() });
const claimAsked = roundAsked.extend({ userId: field.userId, serial: field.serial }).partial();
const evidence = roundAsked.extend({ userId: field.userId, serial: field.serial });
const faultSettled = eventAsked.extend({ id: field.faultId, requestId: field.requestId.optional() });
const auditAsked = eventAsked.extend({ actor: field.auditActor, action: field.auditAction }).partial();

/** The bounds of the public contract, for all doors. Each throws `bad_request` with every field that is out of them. */
export function checkCreate(input: CreateEventInput): void {
  check(created, input);
  const { opensAtMs, closesAtMs } = input;
  if (typeof closesAtMs === 'number' && closesAtMs <= opensAtMs) throw badFields([closingTooEarly]);
}

export const checkChange = (input: ChangeInput): void => check(change, input);

/** What an update has besides a change. */
export const checkUpdate = (input: UpdateEventInput): void => check(updated, input);

/** What a resume has besides a change. */
export const checkResume = (input: ResumeInput): void => check(resumed, input);

/** What a top-up has besides a change. */
export const checkTopUp = (input: TopUpInput): void => check(toppedUp, input);

/** What a reset has besides a change. Whether `confirm` is the event's name is seen when the event is. */
export const checkReset = (input: ResetInput): void => check(reset, input);

export const checkKeyCreate = (input: CreateApiKeyInput): void => check(keyCreated, input);

export const checkKeyRevoke = (input: RevokeApiKeyInput): void => check(keyRevoked, input);

/** What is looked at has the same bounds as what is changed: a mistyped name is told, and not that there is nothing. */
export const checkEventId = (eventId: string): void => check(eventAsked, { eventId });

export const checkRoundAsked = (query: { eventId?: string | undefined; round?: number | undefined }): void =>
  check(roundAsked.partial(), query);

export const checkClaimsFind = (query: { userId: string; eventId?: string | undefined }): void =>
  check(claimsFound, query);

export const checkClaimsPage = (query: ClaimsPageQuery): void => check(claimsPage, query);

/** What a code must be, its reader says. */
export const checkClaimQuery = (query: ClaimQuery): void => check(claimAsked, query);

export const checkEvidence = (shown: ClaimEvidence): void => check(evidence, shown);

export const checkFaultsAsked = (query: { eventId: string; round?: number | undefined }): void =>
  check(roundAsked, query);

/** What a settling has besides its reason, which the actor gives. */
export const checkFaultSettled = (input: SettleFaultInput): void => check(faultSettled, input);

export const checkAuditQuery = (query: {
  eventId?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
}): void => check(auditAsked, query);

/** Throws `bad_request` for a strategy that is switched off here, as the control `unsafe` is in production. */
export function checkStrategy(strategy: StrategyName | undefined, offered: ReadonlySet<StrategyName>): void {
  if (strategy === undefined || offered.has(strategy)) return;
  const how = strategy === 'unsafe' ? ` (unsafe needs a system that was started with FIRSTCOME_UNSAFE=1)` : '';
  throw badFields([{ path: ['strategy'], message: `must be one of ${[...offered].join(', ')}${how}` }]);
}

/** Throws `bad_request` for a currency that no new event may have; an event from before that was checked keeps its own. */
export function checkCurrency(asked: string | undefined, held: string): void {
  if (asked === undefined || asked === held) return;
  check(z.object({ currency: field.currency }), { currency: asked });
}

/** Throws `bad_request` when `opensAtMs` lies more in the past than clocks and networks explain. */
export function checkOpening(opensAtMs: number, nowMs: number): void {
  if (opensAtMs >= nowMs - limits.opensAtPastMs) return;
  throw badFields([{ path: ['opensAt'], message: `is in the past: it is ${new Date(nowMs).toISOString()} now` }]);
}

export const closingTooEarly: FaultIssue = { path: ['closesAt'], message: 'must be after opensAt' };

function check(schema: z.ZodType, input: unknown): void {
  const { error } = schema.safeParse(input);
  if (error === undefined) return;
  throw badFields(firstOfEachField(error.issues.map(({ path, message }) => ({ path: path.map(fieldName), message }))));
}

/** One reason a field is enough, as it is for the API: an empty name need not be told that it is blank too. */
function firstOfEachField(issues: FaultIssue[]): FaultIssue[] {
  const nameOf = ({ path }: FaultIssue): string => JSON.stringify(path);
  return issues.filter((issue, at) => issues.findIndex((other) => nameOf(other) === nameOf(issue)) === at);
}

/** Doors have times without `Ms`. */
const fieldName = (step: PropertyKey): string | number =>
  typeof step === 'number' ? step : String(step).replace(/Ms$/, '');

/** A `bad_request` that names the fields. */
export function badFields(issues: FaultIssue[]): Fault {
  const message = issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ');
  return new Fault('bad_request', /[.?]$/.test(message) ? message : `${message}.`, { issues });
}

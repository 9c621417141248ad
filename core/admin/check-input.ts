import { z } from 'zod';
import { limits, type StrategyName } from '../event.ts';
import { Fault, type FaultIssue } from '../fault.ts';
import * as field from '../fields.ts';
import type { CreateApiKeyInput } from './api-key-desk.ts';
import type {
  ChangeInput,
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
const updated = created.partial();
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

export const checkKeyRevoke = (input: { id: string; requestId?: string | undefined }): void => check(keyRevoked, input);

/** Throws `bad_request` for a strategy that is switched off here, as the control `unsafe` is in production. */
export function checkStrategy(strategy: StrategyName | undefined, offered: ReadonlySet<StrategyName>): void {
  if (strategy === undefined || offered.has(strategy)) return;
  const how = strategy === 'unsafe' ? ` (unsafe needs a system that was started with FIRSTCOME_UNSAFE=1)` : '';
  throw badFields([{ path: ['strategy'], message: `must be one of ${[...offered].join(', ')}${how}` }]);
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
  throw badFields(error.issues.map(({ path, message }) => ({ path: path.map(fieldName), message })));
}

/** Doors have times without `Ms`. */
const fieldName = (step: PropertyKey): string | number =>
  typeof step === 'number' ? step : String(step).replace(/Ms$/, '');

/** A `bad_request` that names the fields. */
export function badFields(issues: FaultIssue[]): Fault {
  const message = issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ');
  return new Fault('bad_request', `${message}.`, { issues });
}

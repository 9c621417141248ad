import type { EventInfo, FieldName, NullableField } from '../events/event-fields.ts';
import type { StrategyName } from '../events/event.ts';

/** Fields that an event may lack need not be given. */
export type CreateEventInput = { [Name in Exclude<FieldName, NullableField>]: EventInfo[Name] } & {
  [Name in NullableField]?: EventInfo[Name] | undefined;
} & {
  stock: number;
  opensAtMs: number;
  closesAtMs?: number | null | undefined;
  strategy: StrategyName;
  requestId?: string | undefined;
};

export type ChangeInput = { eventId: string; version?: number | undefined; requestId?: string | undefined };

export type ApproveInput = ChangeInput & { version: number };

/**
 * Absent fields stay as they are; null takes away what an event may lack, such as its closing time. A lower `stock` of an event that is open
 * wants `confirm`, the event's name as it is before the change.
 */
export type UpdateEventInput = ChangeInput &
  Partial<Omit<CreateEventInput, 'requestId'>> & { confirm?: string | undefined };

/**
 * With `fromSerial`, an event of `redis-stream` goes on from that serial: those below it that nobody has are kept for
 * people who can prove that they have them. Only while it is paused, above the counter, and within the stock.
 */
export type ResumeInput = ChangeInput & { fromSerial?: number | undefined };

export type TopUpInput = ChangeInput & { add: number };

/** `confirm` must be the event's name. What is absent stays as it was; `closesAtMs: null` takes the closing time away. */
export type ResetInput = ChangeInput & {
  confirm: string;
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  stock?: number | undefined;
};

import type { EventInfo, FieldName, NullableField } from '../events/event-fields.ts';
import type { StrategyName } from '../events/event.ts';

/** Nullable fields may be omitted. */
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
 * Absent fields stay as they are. Null removes a nullable value, such as the closing time. To lower the `stock` of an
 * open event, `confirm` must be the event's current name.
 */
export type UpdateEventInput = ChangeInput &
  Partial<Omit<CreateEventInput, 'requestId'>> & { confirm?: string | undefined };

/**
 * With `fromSerial`, an event of `redis-stream` resumes from that serial. Lower serials without a claim are reserved
 * for users who can prove that the serials were promised to them. The event must be paused, and `fromSerial` must be
 * above the counter and at most the stock.
 */
export type ResumeInput = ChangeInput & { fromSerial?: number | undefined };

export type TopUpInput = ChangeInput & { add: number };

/** `confirm` must be the event's name. Absent fields stay as they were; `closesAtMs: null` removes the closing time. */
export type ResetInput = ChangeInput & {
  confirm: string;
  opensAtMs?: number | undefined;
  closesAtMs?: number | null | undefined;
  stock?: number | undefined;
};

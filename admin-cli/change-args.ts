import type { ChangeInput } from '../core/changes/inputs.ts';
import { limits } from '../core/events/event.ts';
import type { Why } from './api-client.ts';
import { UsageError } from './usage-error.ts';

export const eventArg = {
  type: 'string',
  positional: true,
  value: 'event',
  summary: "The event's id, or its name if only one event has it",
} as const;

export const requestArgs = {
  requestId: {
    type: 'string',
    value: 'id',
    summary: 'Make the change only once, even if this id is sent again',
    group: 'Safety and audit:',
  },
  reason: { type: 'string', value: 'text', summary: 'The reason, for the audit trail', group: 'Safety and audit:' },
} as const;

/** The arguments that every change to an existing event takes. */
export const changeArgs = {
  event: eventArg,
  version: {
    type: 'integer',
    value: 'number',
    summary: 'Change nothing unless the event still has this version',
    group: 'Safety and audit:',
  },
  ...requestArgs,
} as const;

/** Throws `UsageError` if the reason is not one that the audit trail accepts. */
export function whyOf({ reason }: { reason: string | undefined }): Why {
  if (reason === undefined) return {};
  const isFine = reason.trim() !== '' && [...reason].length <= limits.reasonCharsMax;
  if (isFine) return { reason };
  throw new UsageError(`--reason must be 1 to ${limits.reasonCharsMax} characters.`);
}

export function changeOf(values: {
  event: string;
  version: number | undefined;
  requestId: string | undefined;
}): ChangeInput {
  return { eventId: values.event, version: values.version, requestId: values.requestId };
}

import { limits } from '../core/events/event.ts';
import type { ChangeInput } from '../core/changes/inputs.ts';
import type { Actor } from '../core/access/actor.ts';
import type { Context } from './context.ts';
import { UsageError } from './usage-error.ts';

/** The event that a command works on. */
export const eventArg = {
  type: 'string',
  positional: true,
  value: 'event',
  summary: 'Id of the event, as `event list` shows it',
} as const;

/** Who creates or changes something, and how often. */
export const requestArgs = {
  requestId: {
    type: 'string',
    value: 'id',
    summary: 'Do it once, however often this id is sent',
    group: 'Safety and audit:',
  },
  actor: {
    type: 'string',
    value: 'name',
    summary: 'Who does it, for the audit trail (default: user@host)',
    group: 'Safety and audit:',
  },
  reason: { type: 'string', value: 'text', summary: 'Why, for the audit trail', group: 'Safety and audit:' },
} as const;

/** The arguments of every change to an event that exists. */
export const changeArgs = {
  event: eventArg,
  version: {
    type: 'integer',
    value: 'number',
    summary: 'Change nothing if the event has another version by now',
    group: 'Safety and audit:',
  },
  ...requestArgs,
} as const;

/** Throws `UsageError` for names and reasons that the audit trail can't hold, and for a name where the token says it. */
export function actorOf(values: { actor: string | undefined; reason: string | undefined }, context: Context): Actor {
  const { io, settings } = context;
  if (values.actor !== undefined && settings().remote !== undefined) {
    throw new UsageError('--actor goes with the stores themselves: through FIRSTCOME_URL the token says who does it.');
  }
  const { actor: name = io.user, reason } = values;
  refuseLong('--actor', name, 200);
  if (reason === undefined) return { name, role: null, door: 'cli' };
  refuseLong('--reason', reason, limits.reasonCharsMax);
  return { name, role: null, door: 'cli', reason };
}

function refuseLong(flag: string, text: string, charsMax: number): void {
  if (text.trim() !== '' && [...text].length <= charsMax) return;
  throw new UsageError(`${flag} must be 1 to ${charsMax} characters.`);
}

export function changeOf(values: {
  event: string;
  version: number | undefined;
  requestId: string | undefined;
}): ChangeInput {
  return { eventId: values.event, version: values.version, requestId: values.requestId };
}

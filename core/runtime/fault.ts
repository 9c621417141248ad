import type { Message, MessageParams } from '../messages/message.ts';

/**
 * Why a call could not be answered. `busy`, `unavailable`, `gate_lost` and `overloaded` mean "unknown: make the same
 * call again"; the others mean that the call can't be done as it is.
 */
export type FaultCode =
  'not_found' | 'bad_request' | 'forbidden' | 'conflict' | 'busy' | 'unavailable' | 'gate_lost' | 'overloaded';

/** What is wrong with a field. With a code and parameters, pages can say it in the reader's language. */
export type FaultIssue = {
  path: (string | number)[];
  message: string;
  code?: string | undefined;
  params?: MessageParams | undefined;
};

/** A fault with a message for people: what happened, what it means, what to do. */
export class Fault extends Error {
  readonly code: FaultCode;
  /** The message as code and parameters; null for one that has no code of its own. */
  readonly problem: Pick<Message, 'code' | 'params'> | null;
  /** For `bad_request`: which fields are wrong. */
  readonly issues: FaultIssue[];

  constructor(code: FaultCode, message: string | Message, options: { cause?: unknown; issues?: FaultIssue[] } = {}) {
    super(typeof message === 'string' ? message : message.message, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.problem = typeof message === 'string' ? null : { code: message.code, params: message.params };
    this.issues = options.issues ?? [];
  }
}

/** `cause` as a fault: a `Fault` stays as it is, anything else becomes `unavailable` with `message`. */
export function asUnavailable(cause: unknown, message: string | Message): Fault {
  return cause instanceof Fault ? cause : new Fault('unavailable', message, { cause });
}

/**
 * Makes an error without a stack. When a process makes thousands a second and nobody reads their stacks, capturing them
 * takes longer than the rest of the work.
 */
export function withoutStack<Made extends Error>(make: () => Made): Made {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

import type { Message, MessageParams } from '../messages/message.ts';

/**
 * Why a call could not be answered. `busy`, `unavailable`, `gate_lost` and `overloaded` mean that the result is
 * unknown, so the caller should repeat the same call. The others mean that the call can't succeed as it is.
 */
export type FaultCode =
  'not_found' | 'bad_request' | 'forbidden' | 'conflict' | 'busy' | 'unavailable' | 'gate_lost' | 'overloaded';

/** What is wrong with a field. With `code` and `params`, pages can describe the problem in the reader's language. */
export type FaultIssue = {
  path: (string | number)[];
  message: string;
  code?: string | undefined;
  params?: MessageParams | undefined;
};

/** A failure with a message for people: what happened, what it means, what to do. */
export class Fault extends Error {
  readonly code: FaultCode;
  /** The code and parameters of the message; null if the message has no code. */
  readonly problem: Pick<Message, 'code' | 'params'> | null;
  /** Which fields are wrong; only for `bad_request`. */
  readonly issues: FaultIssue[];

  constructor(code: FaultCode, message: string | Message, options: { cause?: unknown; issues?: FaultIssue[] } = {}) {
    super(typeof message === 'string' ? message : message.message, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.problem = typeof message === 'string' ? null : { code: message.code, params: message.params };
    this.issues = options.issues ?? [];
  }
}

/** `cause` if it is a `Fault`; otherwise `unavailable` with `message`. */
export function asUnavailable(cause: unknown, message: string | Message): Fault {
  return cause instanceof Fault ? cause : new Fault('unavailable', message, { cause });
}

/**
 * Makes an error without a stack. Use it for errors that a process makes thousands of times a second and whose stacks
 * nobody reads, because capturing a stack takes longer than the rest of the work.
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

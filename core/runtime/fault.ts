/**
 * Why a call could not be answered. `busy`, `unavailable`, `gate_lost` and `overloaded` mean "unknown: make the same
 * call again"; the others mean that the call can't be done as it is.
 */
export type FaultCode =
  'not_found' | 'bad_request' | 'forbidden' | 'conflict' | 'busy' | 'unavailable' | 'gate_lost' | 'overloaded';

export type FaultIssue = { path: (string | number)[]; message: string };

/** A fault with a message for people: what happened, what it means, what to do. */
export class Fault extends Error {
  readonly code: FaultCode;
  /** For `bad_request`: the fields that are wrong. */
  readonly issues: FaultIssue[];

  constructor(code: FaultCode, message: string, options: { cause?: unknown; issues?: FaultIssue[] } = {}) {
    super(message, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.issues = options.issues ?? [];
  }
}

/** Returns `cause` as a fault: a `Fault` stays as it is, anything else becomes `unavailable` with `message`. */
export function asUnavailable(cause: unknown, message: string): Fault {
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

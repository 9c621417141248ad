import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY, type TRPC_ERROR_CODE_KEY, type TRPC_ERROR_CODE_NUMBER } from '@trpc/server/rpc';
import { z } from 'zod';
import { fieldIssue, firstOfEachField } from '../core/events/bad-fields.ts';
import { OverLimit } from '../core/limits/over-limit.ts';
import { say, type Message } from '../core/messages/message.ts';
import { Fault, withoutStack, type FaultCode, type FaultIssue } from '../core/runtime/fault.ts';
import { distance, nearest } from '../core/runtime/nearest.ts';
import { bodyBytesMax } from './http-limits.ts';
import { RefusedToken } from './token-refusal.ts';

/** How each fault appears in an answer. A new fault code does not compile until it is listed here. */
const codeOfFault = {
  not_found: 'NOT_FOUND',
  bad_request: 'BAD_REQUEST',
  forbidden: 'FORBIDDEN',
  conflict: 'CONFLICT',
  busy: 'TOO_MANY_REQUESTS',
  unavailable: 'SERVICE_UNAVAILABLE',
  gate_lost: 'SERVICE_UNAVAILABLE',
  overloaded: 'SERVICE_UNAVAILABLE',
} as const satisfies Record<FaultCode, TRPC_ERROR_CODE_KEY>;

/** Why a call was not decided. A client that receives one of these reasons should repeat the same call. */
export type RetryReason = 'busy' | 'unavailable' | 'gate_lost' | 'overloaded';

/**
 * An error as clients receive it. `issues` comes with `BAD_REQUEST`, `reason` with 429 and 503. `problem` is the
 * message as a code with parameters, for pages that show it in the reader's language.
 */
export type ErrorShape = {
  message: string;
  code: TRPC_ERROR_CODE_NUMBER;
  data: {
    code: TRPC_ERROR_CODE_KEY;
    httpStatus: number;
    path?: string;
    reason?: RetryReason;
    problem: Pick<Message, 'code' | 'params'>;
    issues?: FaultIssue[];
  };
};

/** An error for a call that the API itself refuses, before core sees it. */
export class RefusedCall extends TRPCError {
  readonly said: Message;

  constructor(code: TRPC_ERROR_CODE_KEY, said: Message) {
    super({ code, message: said.message });
    this.said = said;
  }
}

/** The information from which the hint about a failed call is made. */
export type FailedCall = {
  type?: 'query' | 'mutation' | 'subscription' | 'unknown' | undefined;
  input?: unknown;
  /** The procedures whose names may be shown to the caller. */
  procedures?: readonly string[] | undefined;
};

/**
 * Formats `error` for clients: a readable message, never a stack trace, and no details of an unexpected error. All
 * lanes use this function.
 */
export function errorShape(error: TRPCError, path: string | undefined, call: FailedCall = {}): ErrorShape {
  const issues = error.code === 'BAD_REQUEST' ? issuesOf(error, call) : undefined;
  const reason = retryReason(error);
  const { message, ...problem } = messageOf(error, issues, path, call);
  return {
    message,
    code: TRPC_ERROR_CODES_BY_KEY[error.code],
    data: {
      code: error.code,
      httpStatus: getHTTPStatusCodeFromError(error),
      ...(path !== undefined && { path }),
      ...(reason !== undefined && { reason }),
      problem,
      ...(issues !== undefined && { issues }),
    },
  };
}

/** Converts anything thrown to a tRPC error. */
export function asTrpcError(cause: unknown): TRPCError {
  if (cause instanceof TRPCError) {
    // tRPC wraps whatever a procedure throws. Only the fault inside identifies the cause.
    return cause.code === 'INTERNAL_SERVER_ERROR' && cause.cause instanceof Fault ? asTrpcError(cause.cause) : cause;
  }
  if (cause instanceof Fault) {
    const { code, message } = cause;
    // This error has no stack of its own, because the fault's stack shows where the error came from.
    return withoutStack(() => new TRPCError({ code: codeOfFault[code], message, cause }));
  }
  return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause });
}

/** Returns why the same call may succeed a moment later; undefined if repeating the call is pointless. */
export function retryReason(error: TRPCError): RetryReason | undefined {
  if (!(error.cause instanceof Fault)) return undefined;
  const { code } = error.cause;
  switch (code) {
    case 'busy':
    case 'unavailable':
    case 'gate_lost':
    case 'overloaded':
      return code;
    case 'not_found':
    case 'bad_request':
    case 'forbidden':
    case 'conflict':
      return undefined;
  }
}

/**
 * When to repeat an undecided call, in seconds. After this time, clients retry at random moments, so that they don't
 * all come at once.
 */
export const retryAfter: readonly [name: string, value: string] = ['retry-after', '1'];

/** Returns the headers that accompany errors. All calls of a tRPC batch share one set of headers. */
export function errorHeaders(errors: readonly TRPCError[]): [name: string, value: string][] {
  const headers: [string, string][] = [];
  if (errors.some((error) => error.code === 'TOO_MANY_REQUESTS' || error.code === 'SERVICE_UNAVAILABLE')) {
    headers.push([retryAfter[0], String(Math.max(Number(retryAfter[1]), ...errors.map(limitedSeconds)))]);
  }
  if (errors.some((error) => error.code === 'UNAUTHORIZED')) headers.push(['www-authenticate', 'Bearer']);
  return headers;
}

/** The seconds until the limit allows another call; 0 for other errors. */
const limitedSeconds = ({ cause }: TRPCError): number =>
  cause instanceof OverLimit ? Math.ceil(cause.retryAfterMs / 1_000) : 0;

function messageOf(
  error: TRPCError,
  issues: FaultIssue[] | undefined,
  path: string | undefined,
  call: FailedCall,
): Message {
  if (error instanceof RefusedCall) return error.said;
  if (error.cause instanceof Fault) return { ...problemOf(error.cause), message: error.message };
  if (error instanceof RefusedToken) return error.said;
  switch (error.code) {
    case 'INTERNAL_SERVER_ERROR':
      return say('unexpected');
    case 'PAYLOAD_TOO_LARGE':
      return say('body_too_large', { maxKiB: bodyBytesMax / 1_024 });
    case 'UNSUPPORTED_MEDIA_TYPE':
      return say('not_json_type');
    case 'METHOD_NOT_SUPPORTED':
      return otherMethod(path, call);
    case 'NOT_FOUND':
      return unknownProcedure(path ?? '', call.procedures);
    default:
      return ofIssues(issues ?? [], error.message);
  }
}

const problemOf = ({ code, problem }: Fault): Pick<Message, 'code' | 'params'> =>
  problem ?? { code: code === 'bad_request' ? 'invalid_input' : code, params: {} };

/** If the whole input is wrong, returns one issue. If fields are wrong, returns an issue for each field. */
function ofIssues(issues: readonly FaultIssue[], otherwise: string): Message {
  const [first, ...more] = issues;
  if (first === undefined) return { ...say('invalid_input'), message: otherwise };
  const message = issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(' ')).join('; ');
  const isWhole = first.path.length === 0 && more.length === 0;
  return { code: (isWhole && first.code) || 'invalid_input', params: (isWhole && first.params) || {}, message };
}

function otherMethod(procedure = '', { type }: FailedCall): Message {
  switch (type) {
    case 'mutation':
      return say('mutation_needs_post', { procedure });
    case 'query':
      return say('query_needs_get', { procedure });
    default:
      return say('wrong_method', { procedure });
  }
}

/** Says that the procedure doesn't exist, and suggests the procedure that was probably meant. */
export function unknownProcedure(procedure: string, known: readonly string[] = []): Message {
  const [suggestion = null, ...more] = nearest(known, (name) => distance(procedure, name));
  return say('unknown_procedure', { procedure, suggestion: more.length === 0 ? suggestion : null });
}

function issuesOf(error: TRPCError, call: FailedCall): FaultIssue[] {
  const { cause } = error;
  if (cause instanceof z.ZodError) return firstOfEachField(cause.issues.flatMap((issue) => issuesOfZod(issue, call)));
  if (cause instanceof Fault && cause.issues.length > 0) return cause.issues;
  // V8's own message would quote the request body.
  if (cause instanceof SyntaxError) return [{ path: [], ...say('not_json') }];
  // An error that doesn't carry our message comes from tRPC.
  const said = error instanceof RefusedCall ? error.said : { ...say('invalid_input'), message: error.message };
  return [{ path: [], ...said }];
}

function issuesOfZod(issue: z.core.$ZodIssue, call: FailedCall): FaultIssue[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], ...say('unknown_field') }));
  }
  return path.length === 0 && issue.code === 'invalid_type'
    ? [{ path, ...wholeInput(call) }]
    : [fieldIssue(issue, path)];
}

/** Describes an input that is not an object. */
function wholeInput({ type, input }: FailedCall): Message {
  if (input !== undefined) return say('input_not_object');
  return say(type === 'query' ? 'input_missing_query' : 'input_missing_body');
}

import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY, type TRPC_ERROR_CODE_KEY, type TRPC_ERROR_CODE_NUMBER } from '@trpc/server/rpc';
import { z } from 'zod';
import { Fault, withoutStack, type FaultCode, type FaultIssue } from '../core/runtime/fault.ts';

/** What every fault is on the wire. A new fault code does not compile until it stands here. */
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

/** Why a call was not decided, so that a client knows that the same call again is right. */
export type RetryReason = 'busy' | 'unavailable' | 'gate_lost' | 'overloaded';

/** An error as clients get it. `issues` comes with `BAD_REQUEST`, `reason` with 429 and 503. */
export type ErrorShape = {
  message: string;
  code: TRPC_ERROR_CODE_NUMBER;
  data: {
    code: TRPC_ERROR_CODE_KEY;
    httpStatus: number;
    path?: string;
    reason?: RetryReason;
    issues?: FaultIssue[];
  };
};

export const notJsonMessage = 'The input is not valid JSON.';

/**
 * `error` as clients get it: a message for people, never a stack trace, and nothing at all about an unexpected error.
 * Both lanes answer with this one function.
 */
export function errorShape(error: TRPCError, path: string | undefined): ErrorShape {
  const issues = error.code === 'BAD_REQUEST' ? issuesOf(error) : undefined;
  const reason = retryReason(error);
  return {
    message: messageOf(error, issues),
    code: TRPC_ERROR_CODES_BY_KEY[error.code],
    data: {
      code: error.code,
      httpStatus: getHTTPStatusCodeFromError(error),
      ...(path !== undefined && { path }),
      ...(reason !== undefined && { reason }),
      ...(issues !== undefined && { issues }),
    },
  };
}

/** Anything thrown as the error that tRPC knows. */
export function asTrpcError(cause: unknown): TRPCError {
  if (cause instanceof TRPCError) {
    // tRPC wraps what a procedure throws; only the fault inside says what it is.
    return cause.code === 'INTERNAL_SERVER_ERROR' && cause.cause instanceof Fault ? asTrpcError(cause.cause) : cause;
  }
  if (cause instanceof Fault) {
    const { code, message } = cause;
    // The fault has the stack that says where it comes from.
    return withoutStack(() => new TRPCError({ code: codeOfFault[code], message, cause }));
  }
  return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause });
}

/** Why the same call may be right a moment later; undefined when repeating it is of no use. */
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

/** The header of an answer that was not decided: when to try again. Clients spread themselves over the time after it. */
export const retryAfter: readonly [name: string, value: string] = ['retry-after', '1'];

/** Headers that go with errors, by tRPC's rules: those of all calls of a batch together. */
export function errorHeaders(errors: readonly TRPCError[]): [name: string, value: string][] {
  const headers: [string, string][] = [];
  if (errors.some((error) => error.code === 'TOO_MANY_REQUESTS' || error.code === 'SERVICE_UNAVAILABLE')) {
    headers.push([...retryAfter]);
  }
  if (errors.some((error) => error.code === 'UNAUTHORIZED')) headers.push(['www-authenticate', 'Bearer']);
  return headers;
}

function messageOf(error: TRPCError, issues: FaultIssue[] | undefined): string {
  if (error.code === 'INTERNAL_SERVER_ERROR') {
    return 'Something went wrong here. If the call was a claim, the same call again tells how it ended.';
  }
  if (error.code === 'PAYLOAD_TOO_LARGE') return 'The body is larger than 16 KiB.';
  if (issues === undefined || error.cause instanceof Fault) return error.message;
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')} ${message}`)).join('; ');
}

function issuesOf(error: TRPCError): FaultIssue[] {
  const { cause } = error;
  if (cause instanceof z.ZodError) return firstOfEachField(cause.issues.flatMap(issuesOfZod));
  if (cause instanceof Fault && cause.issues.length > 0) return cause.issues;
  // V8's own message would quote what was sent.
  if (cause instanceof SyntaxError) return [{ path: [], message: notJsonMessage }];
  return [{ path: [], message: error.message }];
}

function issuesOfZod(issue: z.core.$ZodIssue): FaultIssue[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a field of this call' }));
}

/** One reason a field is enough: an empty name need not be told that it is blank too. */
function firstOfEachField(issues: FaultIssue[]): FaultIssue[] {
  const told = new Set<string>();
  return issues.filter(({ path }) => {
    const field = JSON.stringify(path);
    return !told.has(field) && told.add(field);
  });
}

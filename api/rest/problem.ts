import type { TRPCError } from '@trpc/server';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';
import { StrategyMismatch } from '../../core/engines/strategy-mismatch.ts';
import type { FaultIssue } from '../../core/runtime/fault.ts';
import { asTrpcError, errorHeaders, errorShape } from '../errors.ts';

/** A serialized answer of the REST paths. */
export type Reply = { status: number; contentType: string; headers: string[]; json: string };

export const problemType = 'application/problem+json';

/** The title of an error, by status; without a `type`, RFC 9457 requires HTTP's own phrases. */
const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Reasons whose names differ from tRPC's codes. */
const reasonOfCode: Partial<Record<TRPC_ERROR_CODE_KEY, string>> = {
  METHOD_NOT_SUPPORTED: 'method_not_allowed',
  INTERNAL_SERVER_ERROR: 'internal',
};

/** The members of a problem besides its status and title. */
type ProblemParts = { detail: string; reason: string; issues?: FaultIssue[]; [more: string]: unknown };

/** Builds a problem from a status, for requests that never reach a procedure. */
export function problem(status: number, { issues = [], ...parts }: ProblemParts, headers: string[] = []): Reply {
  const { detail, reason, ...more } = parts;
  const json = JSON.stringify({ status, title: titles[status] ?? 'Error', detail, reason, issues, ...more });
  return { status, contentType: problemType, headers, json };
}

/**
 * Converts anything thrown to an RFC 9457 problem, with the same status, message, reason and issues that the same call
 * returns over tRPC.
 */
export function problemOf(cause: unknown): Reply & { error: TRPCError } {
  const error = asTrpcError(cause);
  const { message, data } = errorShape(error, undefined);
  const { code, httpStatus, reason = reasonOfCode[code] ?? code.toLowerCase(), issues, path: _path, ...more } = data;
  const headers = errorHeaders([error]).flat();
  const named = { detail: message, reason: reasonOf(error) ?? reason, ...(issues && { issues }) };
  return { ...problem(httpStatus, { ...named, ...more, ...strategiesOf(error) }, headers), error };
}

const reasonOf = (error: TRPCError): string | undefined =>
  error.cause instanceof StrategyMismatch ? 'strategy_mismatch' : undefined;

/** Returns both strategies of a mismatch, the event's and the path's; empty for other errors. */
const strategiesOf = ({ cause }: TRPCError): object =>
  cause instanceof StrategyMismatch ? { eventStrategy: cause.actual, pathStrategy: cause.asked } : {};

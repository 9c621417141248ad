import type { TRPCError } from '@trpc/server';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';
import { StrategyMismatch } from '../../core/engines/strategy-mismatch.ts';
import type { Message } from '../../core/messages/message.ts';
import type { FaultIssue } from '../../core/runtime/fault.ts';
import { asTrpcError, errorHeaders, errorShape } from '../errors.ts';

/** A serialized answer of the REST paths. */
export type Reply = { status: number; contentType: string; headers: string[]; json: string };

export const problemType = 'application/problem+json';

/** The title of an error, by status. Without a `type`, RFC 9457 requires HTTP's own phrases. */
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

/** Reasons that differ from tRPC's codes. */
const reasonOfCode: Partial<Record<TRPC_ERROR_CODE_KEY, string>> = {
  METHOD_NOT_SUPPORTED: 'method_not_allowed',
  INTERNAL_SERVER_ERROR: 'internal',
};

/** The members of a problem besides its status and title. `said` gives the detail and its code and parameters. */
type ProblemParts = { said: Message; reason: string; issues?: FaultIssue[]; [more: string]: unknown };

/** Builds a problem from a status, for requests that never reach a procedure. */
export function problem(status: number, { issues = [], ...parts }: ProblemParts, headers: string[] = []): Reply {
  const { said, reason, ...more } = parts;
  const { message: detail, ...problem } = said;
  const title = titles[status] ?? 'Error';
  const json = JSON.stringify({ status, title, detail, reason, issues, problem, ...more });
  return { status, contentType: problemType, headers, json };
}

/**
 * Converts anything thrown to an RFC 9457 problem, with the same status, message, reason and issues that the same call
 * returns over tRPC.
 */
export function problemOf(cause: unknown): Reply & { error: TRPCError } {
  const error = asTrpcError(cause);
  const { message, data } = errorShape(error, undefined);
  const { code, httpStatus, reason = reasonOfCode[code] ?? code.toLowerCase(), issues } = data;
  const headers = errorHeaders([error]).flat();
  const said = { ...data.problem, message };
  const named = { said, reason: reasonOf(error) ?? reason, ...(issues && { issues }) };
  return { ...problem(httpStatus, { ...named, ...strategiesOf(error) }, headers), error };
}

const reasonOf = (error: TRPCError): string | undefined =>
  error.cause instanceof StrategyMismatch ? 'strategy_mismatch' : undefined;

/**
 * If an error is a strategy mismatch, returns the event's strategy and the path's. Returns an empty object for other
 * errors.
 */
const strategiesOf = ({ cause }: TRPCError): object =>
  cause instanceof StrategyMismatch ? { eventStrategy: cause.actual, pathStrategy: cause.asked } : {};

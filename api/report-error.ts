import type { TRPCError } from '@trpc/server';
import { LRUCache } from 'lru-cache';
import { OverLimit } from '../core/limits/over-limit.ts';
import type { Logger } from '../core/runtime/log.ts';
import { retryReason } from './errors.ts';

export type ReportError = (error: TRPCError, path: string | undefined) => void;

const everyMs = 1_000;
const kindsMax = 1_000;

/**
 * Logs the errors that operators should know about: unexpected errors, and calls that end undecided. Logs each kind at
 * most once a second, with the number of errors that it left out since the last line, because an outage affects every
 * call of a crowd. Does not log a client's own mistakes.
 */
export function createErrorReport(log: Logger): ReportError {
  const kinds = new LRUCache<string, { nextMs: number; more: number }>({ max: kindsMax });
  const take = (kind: string): number | null => {
    const nowMs = performance.now();
    const seen = kinds.get(kind);
    if (seen !== undefined && nowMs < seen.nextMs) {
      seen.more += 1;
      return null;
    }
    kinds.set(kind, { nextMs: nowMs + everyMs, more: 0 });
    return seen?.more ?? 0;
  };
  return (error, path) => {
    const reason = retryReason(error);
    if (error.cause instanceof OverLimit) {
      const { limit } = error.cause;
      const more = take(`over_limit ${limit}`);
      if (more === null) return;
      log.info({ event: 'calls_limited', limit, path, more }, 'calls were refused because their callers made too many');
    } else if (reason !== undefined) {
      const more = take(reason);
      if (more === null) return;
      log.warn({ event: 'call_undecided', path, reason, more, cause: plainError(error.cause) }, error.message);
    } else if (error.code === 'INTERNAL_SERVER_ERROR') {
      const cause = plainError(error.cause ?? error);
      const more = take(`${cause.name} ${cause.message}`);
      if (more === null) return;
      log.error({ event: 'call_failed', path, more, cause }, 'A call failed unexpectedly');
    }
  };
}

/**
 * Returns the error with only the first line of its message, because the other lines may quote statements and their
 * values.
 */
function plainError(err: unknown): { name: string; message: string; stack: string[]; cause?: unknown } {
  if (!(err instanceof Error)) return { name: typeof err, message: '', stack: [] };
  return {
    name: err.name,
    message: (err.message.split('\n')[0] ?? '').slice(0, 500),
    stack: framesOf(err),
    ...(err.cause !== undefined && { cause: plainError(err.cause) }),
  };
}

/** The stack without the message at its beginning, which may have several lines. */
function framesOf({ stack = '', message }: Error): string[] {
  const at = stack.indexOf(message);
  const lines = stack.slice(at === -1 ? 0 : at + message.length).split('\n');
  return lines.filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line)).map((line) => line.trim());
}

import { pino, stdSerializers, type Logger, type LoggerOptions } from 'pino';
import { maskCodesInJson } from './mask-codes.ts';

export type { Logger };

/** Returns fields that each line gets, such as those of the running trace. */
export type LineFields = () => object;

/**
 * Creates a structured log on stdout, one JSON object per line. Log only ids: never tokens, codes, bodies or connection
 * URLs.
 */
export function createLog(process: 'api' | 'worker', level: string, lineFields?: LineFields): Logger {
  const options: LoggerOptions = {
    level,
    base: { process, pid: globalThis.process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    ...(lineFields !== undefined && { mixin: lineFields }),
    formatters: { level: (label) => ({ level: label }) },
    // Errors are masked, because MySQL's `Duplicate entry 'W45C-J29D-N8GV-9WM9' for key 'claims_code_key'` quotes a
    // code.
    serializers: {
      err: (err: unknown) => (err instanceof Error ? maskCodesInJson(stdSerializers.err(err)) : err),
      cause: maskCodesInJson,
    },
    // A Redis error contains the command that failed, with user ids, a gate's code key, or whole scripts.
    redact: { paths: ['err.command.args', 'err.config', 'err.stack.config'], remove: true },
  };
  return pino(options);
}

import { pino, stdSerializers, type Logger, type LoggerOptions } from 'pino';
import { maskCodesInJson } from './mask-codes.ts';

export type { Logger };

/** pino's number for the level `warn`. */
const warnLevel = 40;
type TakeEvent = (event: string) => void;
const takers = new WeakMap<Logger, TakeEvent>();

/**
 * Calls `take` with the `event` of each warning and error that the log writes from now on. Lines that `LOG_LEVEL` hides
 * are not reported.
 */
export function onWarning(log: Logger, take: TakeEvent): void {
  takers.set(log, take);
}

const eventOf = (fields: unknown): string =>
  typeof fields === 'object' && fields !== null && 'event' in fields ? String(fields.event) : 'other';

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
    hooks: {
      logMethod(args, method, lineLevel) {
        if (lineLevel >= warnLevel) takers.get(this)?.(eventOf(args[0]));
        method.apply(this, args);
      },
    },
    // A Redis error contains the command that failed, with user ids, a gate's code key, or whole scripts.
    redact: { paths: ['err.command.args', 'err.config', 'err.stack.config'], remove: true },
  };
  return pino(options);
}

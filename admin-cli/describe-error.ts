import { Fault, type FaultCode, type FaultIssue } from '../core/runtime/fault.ts';
import { readRelativeTime } from '../core/runtime/local-time.ts';
import type { ArgSpecs, Command, Values } from './command.ts';
import { exitCodes, type ExitCode } from './exit-code.ts';
import { flagName } from './flag-name.ts';
import type { Io } from './io.ts';
import { paint, showsColors } from './paint.ts';
import { plainText } from './plain-text.ts';
import { asCalled, calledAs } from './program-name.ts';
import { UndecidedChange } from './undecided-change.ts';
import { Interrupted, SetupError, UsageError, usageText } from './usage-error.ts';

/** An error as text for people, with the fields that `errorJson` prints for programs. */
export type Described = ErrorForPrograms & { text: string };

type ErrorForPrograms = {
  code: 'usage' | 'setup' | 'interrupted' | 'unexpected' | FaultCode;
  message: string;
  exitCode: ExitCode;
  /** The invalid fields, as the API names them. */
  issues?: FaultIssue[];
  problem?: { code: string; params: Record<string, unknown> };
};

/** One line of JSON: `{"error":{"code","message","exitCode"}}`, plus `issues` and `problem` if the API gave them. */
export function errorJson({ code, message, exitCode, issues, problem }: ErrorForPrograms): string {
  return `${JSON.stringify({ error: { code, message, exitCode, problem, issues } })}\n`;
}

export type DescribeOptions = {
  debug: boolean;
  /** The parsed arguments, or undefined if parsing failed. */
  values: Values<ArgSpecs> | undefined;
};

/** Describes any error that ended a command. */
export function describeError(error: unknown, command: Command, io: Io, options: DescribeOptions): Described {
  const described = describe(error, command, io, options);
  return options.debug && error instanceof Error
    ? { ...described, text: `${described.text}${stackOf(error)}\n` }
    : described;
}

/** Adds to a usage error where to find help. `path` is the command's name without the program's. */
export function formatUsage(message: string, path: string, io: Io): string {
  const where = [calledAs(io.env), path, '--help'].filter((part) => part !== '').join(' ');
  return `${headed(usageText(message), io)}See: ${where}\n`;
}

function describe(error: unknown, command: Command, io: Io, options: DescribeOptions): Described {
  if (error instanceof UsageError) return usage(error.message, command, io);
  if (error instanceof Interrupted) return failure('interrupted', error.message, exitCodes.interrupted, io);
  if (error instanceof SetupError) return failure('setup', error.message, exitCodes.fault, io);
  if (error instanceof UndecidedChange) {
    return failure(error.code, `${error.message}\n${howToRepeat(error, options.values)}`, exitCodes.fault, io);
  }
  if (error instanceof Fault) return describeFault(error, command, io);
  const message = error instanceof Error ? error.message : String(error);
  const where = 'This is probably a bug. Run the same command with --debug to see where it happened.';
  return failure('unexpected', `${message}\n${where}`, exitCodes.fault, io);
}

function describeFault(fault: Fault, command: Command, io: Io): Described {
  const { code, message, issues } = fault;
  const problem = fault.problem === null ? {} : { problem: fault.problem };
  switch (code) {
    case 'bad_request': {
      const text = issues.map((issue) => issueText(issue, command.args)).join('\n');
      return { ...usage(text || message, command, io), code, issues, ...problem };
    }
    case 'unavailable':
    case 'not_found':
    case 'forbidden':
    case 'conflict':
    case 'busy':
    case 'gate_lost':
    case 'overloaded':
      return { ...failure(code, message, exitCodes.fault, io), ...problem };
  }
}

const failure = (code: Described['code'], message: string, exitCode: ExitCode, io: Io): Described => ({
  ...{ code, message: plainText(asCalled(message, io.env)), exitCode },
  text: headed(message, io),
});

const usage = (message: string, { name }: Command, io: Io): Described => ({
  ...{ code: 'usage', message: plainText(usageText(message)), exitCode: exitCodes.usage },
  text: formatUsage(message, name, io),
});

/**
 * Says how to repeat a change. Shows the absolute time that was sent, because a relative time such as `+10m` would mean
 * a different moment later.
 */
function howToRepeat({ asked }: UndecidedChange, values: Values<ArgSpecs> = {}): string {
  const { requestId, ...times } = asked;
  if (requestId === undefined)
    return 'The change may have been made, in whole or in part. It is safe to run the same command again.';
  const moving = Object.entries(times).filter(([name]) => readRelativeTime(String(values[name]), 0) !== null);
  const flags = [['requestId', requestId], ...moving].map(([name = '', text = '']) => `${flagName(name)} ${text}`);
  return `The change may have been made. To repeat it safely, run the same command with ${flags.join(' ')}. The change is then made only once.`;
}

/** Fields whose flags have other names. */
const typedAs: Record<string, string> = {
  eventId: 'event',
  userId: 'user',
  ttlSeconds: 'expires',
  expiresAt: 'expires',
  sinceAt: 'since',
};

/** Names the invalid argument as it was typed: `--opens-at` instead of `opensAt`. */
function issueText({ path, message }: FaultIssue, args: ArgSpecs): string {
  const field = String(path[0] ?? '');
  const name = args[field] === undefined ? (typedAs[field] ?? field) : field;
  const spec = args[name];
  if (spec === undefined) return `${path.join('.')} ${message}`.trim();
  return `${spec.positional ? `<${spec.value ?? name}>` : flagName(name)} ${message}`;
}

/** Formats an error message. Its hints name the command as the user called it. */
export function headed(text: string, io: Io): string {
  const head = showsColors(io.stderr, io.env) ? paint('red', 'Error:') : 'Error:';
  return `${head} ${plainText(asCalled(text, io.env))}\n`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

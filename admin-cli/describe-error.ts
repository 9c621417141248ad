import { Fault, type FaultIssue } from '../core/runtime/fault.ts';
import { readRelativeTime } from '../core/runtime/local-time.ts';
import type { ArgSpecs, Command, Values } from './command.ts';
import { exitCodes, type ExitCode } from './exit-code.ts';
import { flagName } from './flag-name.ts';
import type { Io } from './io.ts';
import { paint, showsColors } from './paint.ts';
import { plainText } from './plain-text.ts';
import { programName } from './program-name.ts';
import { UndecidedChange } from './undecided-change.ts';
import { Interrupted, SetupError, UsageError, usageText } from './usage-error.ts';

export type Described = { text: string; exitCode: ExitCode };

export type DescribeOptions = {
  debug: boolean;
  /** The arguments, unless they were what was wrong. */
  values: Values<ArgSpecs> | undefined;
};

/** What to say of whatever ended a command, and how the process ends. */
export function describeError(error: unknown, command: Command, io: Io, options: DescribeOptions): Described {
  const told = tell(error, command, io, options);
  return options.debug && error instanceof Error ? { ...told, text: `${told.text}${stackOf(error)}\n` } : told;
}

/** A usage error: what is wrong, and where it is explained. `path` is the command's name without the program's. */
export function formatUsage(message: string, path: string, io: Io): string {
  const where = [programName, path, '--help'].filter((part) => part !== '').join(' ');
  return `${headed(usageText(message), io)}See: ${where}\n`;
}

function tell(error: unknown, command: Command, io: Io, options: DescribeOptions): Described {
  if (error instanceof UsageError) {
    return { text: formatUsage(error.message, command.name, io), exitCode: exitCodes.usage };
  }
  if (error instanceof Interrupted) return { text: headed(error.message, io), exitCode: exitCodes.interrupted };
  if (error instanceof SetupError) return { text: headed(error.message, io), exitCode: exitCodes.fault };
  if (error instanceof UndecidedChange) {
    return { text: headed(`${error.message}\n${howToRepeat(error, options.values)}`, io), exitCode: exitCodes.fault };
  }
  if (error instanceof Fault) return describeFault(error, command, io);
  const message = error instanceof Error ? error.message : String(error);
  return {
    text: headed(`${message}\nThis was not expected. The same command with --debug shows where it happened.`, io),
    exitCode: exitCodes.fault,
  };
}

function describeFault(fault: Fault, command: Command, io: Io): Described {
  switch (fault.code) {
    case 'bad_request': {
      const issues = fault.issues.map((issue) => issueText(issue, command.args)).join('\n');
      return { text: formatUsage(issues || fault.message, command.name, io), exitCode: exitCodes.usage };
    }
    case 'unavailable':
    case 'not_found':
    case 'forbidden':
    case 'conflict':
    case 'busy':
    case 'gate_lost':
    case 'overloaded':
      return { text: headed(fault.message, io), exitCode: exitCodes.fault };
  }
}

/** A time such as `+10m` is another one by the time that the command is repeated, so it is told as it was sent. */
function howToRepeat({ asked }: UndecidedChange, values: Values<ArgSpecs> = {}): string {
  const { requestId, ...times } = asked;
  if (requestId === undefined) return 'It may have been done, or begun. The same command again is right.';
  const moving = Object.entries(times).filter(([name]) => readRelativeTime(String(values[name]), 0) !== null);
  const flags = [['requestId', requestId], ...moving].map(([name = '', text = '']) => `${flagName(name)} ${text}`);
  return `It may have been done. The same command with ${flags.join(' ')} is right: it is done once, however often it is sent.`;
}

/** What is typed behind a flag that has another name than the field that it fills. */
const typedAs: Record<string, string> = {
  eventId: 'event',
  userId: 'user',
  ttlSeconds: 'expires',
  expiresAt: 'expires',
  sinceAt: 'since',
};

/** Names what is wrong as it was typed: `opensAt` came from `--opens-at`. */
function issueText({ path, message }: FaultIssue, args: ArgSpecs): string {
  const field = String(path[0] ?? '');
  const name = args[field] === undefined ? (typedAs[field] ?? field) : field;
  const spec = args[name];
  if (spec === undefined) return `${path.join('.')} ${message}`.trim();
  return `${spec.positional ? `<${spec.value ?? name}>` : flagName(name)} ${message}`;
}

function headed(text: string, io: Io): string {
  const head = showsColors(io.stderr, io.env) ? paint('red', 'Error:') : 'Error:';
  return `${head} ${plainText(text)}\n`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

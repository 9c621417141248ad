import { Argument, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../admin-cli/parse-duration.ts';
import { UsageError } from '../../admin-cli/usage-error.ts';
import { wholeNumber } from '../../admin-cli/whole-number.ts';
import { defaultStrategy, limits, strategyNames, type StrategyName } from '../../core/events/event.ts';
import { buildNames, parseBuildNames } from '../servers/server-builds.ts';

/** Options that several commands share. A command may set a different default. */

export const usersOption = (max: number): Option =>
  new Option('--users <n>', 'number of users who claim').argParser(numberBetween(1, max));

export const stockOption = (): Option =>
  new Option('--stock <n>', 'number of coupons').argParser(numberBetween(1, limits.stockMax));

/** `--strategy`, one of `names`, without a default. */
export const strategyOption = (names: readonly StrategyName[] = strategyNames): Option =>
  choice('--strategy <name>', 'how claims are decided', names);

export const choice = (flags: string, summary: string, choices: readonly string[]): Option =>
  new Option(flags, summary).choices(choices);

/** `--strategy`, with the default strategy as its default. */
export const defaultedStrategyOption = (): Option => strategyOption().default(defaultStrategy);

/** `--servers`, the names of builds separated by commas, without a default. */
export const serversOption = (): Option =>
  new Option(
    '--servers <names>',
    `run on these servers instead of the machine's own, such as mysql-9.7,valkey-9 (choices: ${buildNames.join(', ')})`,
  ).argParser((text) => {
    const names = parseBuildNames(text);
    return typeof names === 'string' ? invalid(names) : names;
  });

export const jsonOption = (): Option => new Option('--json', 'print only the result, as JSON, on stdout');

/** An option whose value is several of `choices`, separated by commas, or `all`. */
export const listOption = <Name extends string>(flags: string, summary: string, choices: readonly Name[]): Option =>
  new Option(flags, `${summary}: ${choices.join(', ')}; several with commas, or all`).argParser((text): Name[] => {
    if (text === 'all') return [...choices];
    return text.split(',').map((given) => {
      const found = choices.find((name) => name === given.trim());
      return found ?? invalid(`Allowed choices are ${choices.join(', ')}, all.`);
    });
  });

/** An option that the help does not show. */
export const hidden = (flags: string, value: string): Option => new Option(flags).default(value).hideHelp();

/** An argument that must be one of `choices`. The help shows it as `shown`. */
export const oneOf = (shown: `<${string}>`, summary: string, choices: readonly string[]): Argument =>
  new Argument(shown, summary).choices(choices);

/** Zero or more arguments, each one of `choices`. */
export const severalOf = (shown: `[${string}...]`, summary: string, choices: readonly string[]): Argument =>
  new Argument(shown, summary).choices(choices).default([], 'all');

/** Rejects an option's value. The message must say what is allowed. */
export function invalid(message: string): never {
  throw new InvalidArgumentError(message);
}

export const numberBetween =
  (min: number, max: number) =>
  (text: string): number => {
    const value = wholeNumber(text);
    if (value !== null && value >= min && value <= max) return value;
    return invalid(`It must be a whole number from ${min} to ${max}.`);
  };

/** Parses a duration, such as 45, 90s, 10m or 4h, into seconds: at most `max`. */
export const secondsUpTo =
  (max: number) =>
  (text: string): number => {
    const seconds = durationSeconds(/^\d+$/.test(text) ? `${text}s` : text);
    if (seconds !== null && seconds <= max) return seconds;
    return invalid(`It must be a time from 1s to ${max / 3_600}h, such as 90s, 10m or 4h.`);
  };

function durationSeconds(text: string): number | null {
  try {
    return parseDuration(text, '') / 1_000;
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command, Option } from 'commander';
import { isNpmScript } from './program-name.ts';
import type { Env } from './system-here.ts';

/**
 * Returns an error text if npm took options of `program` because `--` was missing, otherwise null. The text lists these
 * options and the corrected command. The caller must not run the command, because its options are missing. For `--users
 * 100`, npm sets `npm_config_users` and passes `100` as a word. Options that npm itself knows (`--help`, `--version`,
 * `-q`) can't be detected.
 */
export function forgottenDashes(program: Command, args: readonly string[], env: Env): string | null {
  const script = /^npm (?:run (?:-s )?)?(\S+) --$/.exec(program.name())?.[1];
  if (script === undefined || !isNpmScript(script, env)) return null;
  const { command, path } = findCommand(program, args);
  const swallowed = command.options.flatMap((option) => swallowedOption(option, env));
  if (swallowed.length === 0 || swallowed.every(({ name }) => isSetInNpmrc(name, env))) return null;
  const flags = swallowed.map(({ flag }) => flag);
  const whose = flags.length === 1 ? 'an option of its own' : 'options of its own';
  const line = [program.name(), ...path, ...correctedArgs(command, args.slice(path.length), swallowed)].join(' ');
  return `npm took ${inWords(flags)} for ${whose}, because \`--\` is missing. Nothing was done. Run: ${line}`;
}

/** An option that npm took. `value` is null if the option takes none, and undefined if npm passed it as a word. */
type Swallowed = { name: string; flag: string; placeholder: string; value: string | null | undefined };

function swallowedOption(option: Option, env: Env): Swallowed[] {
  const flag = option.long ?? option.short ?? '';
  const name = (option.negate ? flag.replace('--no-', '') : flag.replace(/^-+/, '')).replaceAll('-', '_');
  const given = env[`npm_config_${name}`];
  if (given === undefined) return [];
  const placeholder = /<[^>]+>/.exec(option.flags)?.[0] ?? '';
  if (placeholder !== '') return [{ name, flag, placeholder, value: given === 'true' ? undefined : given }];
  const isOff = given === '' || given === 'false';
  return isOff === option.negate ? [{ name, flag, placeholder, value: null }] : [];
}

/** Finds the command that the words name. */
function findCommand(program: Command, args: readonly string[]): { command: Command; path: string[] } {
  const path: string[] = [];
  let command = program;
  for (const word of args) {
    const next = command.commands.find((child) => child.name() === word);
    if (next === undefined) break;
    path.push(word);
    command = next;
  }
  return { command, path };
}

/**
 * Puts the options after the words. If npm passed several values as words, nobody can know which value belongs to which
 * option, so placeholders stand for the values.
 */
function correctedArgs(command: Command, args: readonly string[], swallowed: readonly Swallowed[]): string[] {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const words = firstOption < 0 ? args : args.slice(0, firstOption);
  const wordless = swallowed.filter(({ value }) => value === undefined);
  const spare = wordless.length === 0 ? [] : spareWords(command, words);
  const only = wordless.length === 1 && spare.length === 1 ? spare[0] : undefined;
  const kept = words.filter((word) => !spare.includes(word));
  const options = swallowed.flatMap(({ flag, placeholder, value }) =>
    value === null ? [flag] : [flag, quoted(value ?? only) ?? placeholder],
  );
  return [...kept.map((word) => quoted(word) ?? word), ...options, ...args.slice(words.length)];
}

/** The words that are not arguments of the command, and so must be values of its options. */
function spareWords({ registeredArguments }: Command, words: readonly string[]): readonly string[] {
  const several = registeredArguments.find(({ variadic }) => variadic);
  if (several === undefined) return words.slice(registeredArguments.length);
  const choices = several.argChoices;
  return choices === undefined ? [] : words.filter((word) => !choices.includes(word));
}

const quoted = (text: string | undefined): string | undefined =>
  text === undefined || /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

const inWords = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' and ');

/**
 * Whether a .npmrc file sets the variable. If so, npm sets it for every command, and the user has not forgotten `--`.
 */
function isSetInNpmrc(name: string, env: Env): boolean {
  const line = new RegExp(`^\\s*${name.replaceAll('_', '[-_]')}\\s*(?:=|$)`, 'm');
  const project = join(dirname(env['npm_package_json'] ?? ''), '.npmrc');
  return [env['npm_config_userconfig'], env['npm_config_globalconfig'], project].some(
    (file) => file !== undefined && line.test(readIfThere(file)),
  );
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

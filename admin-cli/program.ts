import { Argument, Command as Commander, InvalidArgumentError, Option } from 'commander';
import { didYouMean } from '../core/messages/rules.ts';
import { distance, nearest } from '../core/runtime/nearest.ts';
import type { ArgSpec, ArgSpecs, Command, Example, Values } from './command.ts';
import { errorJson, formatUsage } from './describe-error.ts';
import { exitCodes } from './exit-code.ts';
import { flagName } from './flag-name.ts';
import { columnsOf, type Io } from './io.ts';
import { paint, showsColors } from './paint.ts';
import { calledAs } from './program-name.ts';
import { suggestCommand } from './suggest.ts';
import { UsageError, usageText } from './usage-error.ts';
import { wholeNumber } from './whole-number.ts';

/** The summary of each group of commands, by name. */
export type Groups = Record<string, string>;

export type ProgramOptions = {
  version: string;
  commands: readonly Command[];
  groups: Groups;
  examples: readonly Example[];
  io: Io;
  /** Whether to print errors as JSON. */
  json: boolean;
  /** Runs a command. `parse` throws `UsageError`. */
  act: (command: Command, parse: () => Values<ArgSpecs>, common: CommonValues) => Promise<void>;
};

export type CommonValues = { json: boolean; debug: boolean };

/** Builds commander's program from the commands. The program throws commander's errors and never exits the process. */
export function buildProgram({ version, commands, groups, examples, io, json, act }: ProgramOptions): Commander {
  const suggest: Suggest = (words) =>
    suggestCommand(
      words,
      commands.map(({ name }) => name),
      Object.keys(groups),
    );
  const asError: AsError = (message, path) =>
    json
      ? errorJson({ code: 'usage', message: usageText(message), exitCode: exitCodes.usage })
      : formatUsage(message, path, io);
  const settle = createSettle(io, asError);
  const program = new Commander(calledAs(io.env))
    .description(
      'Creates, watches and changes coupon events through an API: the one that `npm start` runs here or, if FIRSTCOME_URL ' +
        'and FIRSTCOME_TOKEN are set, the one at that URL.',
    )
    .version(version, '-V, --version', 'Print the version')
    // Without this line, `--version` after a command would print the program's version.
    .enablePositionalOptions();
  settle(program, optionsHeading, suggest);
  addExamples(program, examples, io);
  for (const [groupName, summary] of Object.entries(groups)) {
    const group = program.command(groupName).description(summary);
    settle(group, optionsHeading, suggest);
    const members = commands.filter((command) => command.name.startsWith(`${groupName} `));
    addExamples(
      group,
      members.map((command) => command.examples[0]),
      io,
    );
    for (const command of members) addCommand(group, command, { io, settle, act });
  }
  for (const command of commands.filter(({ name }) => !name.includes(' ')))
    addCommand(program, command, { io, settle, act });
  return program;
}

type Making = Pick<ProgramOptions, 'io' | 'act'> & { settle: Settle };

function addCommand(group: Commander, command: Command, { io, settle, act }: Making): void {
  const verb = group.command(command.name.slice(command.name.indexOf(' ') + 1)).summary(command.summary);
  verb.description(command.details === undefined ? command.summary : `${command.summary}\n\n${command.details}`);
  settle(verb, commonHeading);
  for (const [name, spec] of Object.entries(command.args)) {
    if (spec.positional) verb.addArgument(argument(name, spec));
    else verb.addOption(option(name, spec));
  }
  verb.addOption(new Option('--json', 'Print the data as JSON and nothing else').helpGroup(commonHeading));
  verb.addOption(new Option('--debug', 'Show where an error came from').helpGroup(commonHeading));
  addExamples(verb, command.examples, io);
  verb.action(async () => {
    const { json, debug, ...given } = verb.opts<CommonValues & Record<string, string | number | boolean>>();
    const parse = () => parsedValues(command.args, given, verb.processedArgs as unknown[]);
    await act(command, parse, { json: json ?? false, debug: debug ?? false });
  });
}

const commonHeading = 'Common options:';
const optionsHeading = 'Options:';

function argument(name: string, spec: ArgSpec): Argument {
  const shown = spec.value ?? name;
  const made = new Argument(spec.optional ? `[${shown}]` : `<${shown}>`, spec.summary);
  return spec.choices === undefined ? made : made.choices(spec.choices);
}

function option(name: string, spec: ArgSpec): Option {
  const names = [...(spec.short === undefined ? [] : [`-${spec.short}`]), flagName(name)].join(', ');
  const flags = spec.type === 'boolean' ? names : `${names} <${spec.value ?? 'text'}>`;
  const made = new Option(flags, spec.required ? `${spec.summary} (required)` : spec.summary);
  if (spec.choices !== undefined && spec.list) made.argParser(listOf(spec.choices));
  else if (spec.choices !== undefined) made.choices(spec.choices);
  if (spec.type === 'integer') made.argParser(parseInteger);
  if (spec.group !== undefined) made.helpGroup(spec.group);
  return made;
}

const listOf =
  (choices: readonly string[]) =>
  (text: string): string[] => {
    const words = text.split(',').map((word) => word.trim());
    const unknown = words.find((word) => !choices.includes(word));
    if (unknown === undefined) return [...new Set(words)];
    const near = didYouMean(nearest(choices, (choice) => distance(unknown, choice)));
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}, separated by commas.${near}`);
  };

function parseInteger(text: string): number {
  const value = wholeNumber(text);
  if (value !== null) return value;
  throw new InvalidArgumentError('It must be a whole number in digits, such as 10000.');
}

function parsedValues(args: ArgSpecs, given: Record<string, unknown>, positionals: unknown[]): Values<ArgSpecs> {
  const names = Object.keys(args);
  const positionalNames = names.filter((name) => args[name]?.positional);
  const values = Object.fromEntries(
    names.map((name) => {
      const at = positionalNames.indexOf(name);
      const value = at >= 0 ? positionals[at] : given[name];
      return [name, value ?? (args[name]?.type === 'boolean' ? false : undefined)];
    }),
  ) as Values<ArgSpecs>;
  const missing = names.filter((name) => args[name]?.required && values[name] === undefined);
  if (missing.length > 0) throw new UsageError(`Missing ${missing.map(flagName).join(', ')}.`);
  return values;
}

/** Formats an error of the command with this path. */
type AsError = (message: string, path: string) => string;
type Settle = (command: Commander, heading: string, suggest?: Suggest) => void;

/** Applies the settings that a subcommand does not inherit from its parent. */
const createSettle =
  (io: Io, asError: AsError): Settle =>
  (command, heading, suggest) => {
    command
      .exitOverride()
      .addHelpOption(new Option('-h, --help', 'Show this help').helpGroup(heading))
      .configureOutput({
        writeOut: (text) => io.stdout.write(text),
        writeErr: (text) => io.stderr.write(text),
        outputError: (text) => {
          const words = [pathOf(command), ...command.args].filter((word) => word !== '');
          const message = suggest === undefined ? text : suggestingCommand(text, () => suggest(words));
          io.stderr.write(asError(message, pathOf(command)));
        },
        getOutHelpWidth: () => Math.min(columnsOf(io.stdout), 100),
        getErrHelpWidth: () => Math.min(columnsOf(io.stderr), 100),
        getOutHasColors: () => showsColors(io.stdout, io.env),
        getErrHasColors: () => showsColors(io.stderr, io.env),
      })
      .configureHelp({ styleTitle: (title) => paint('bold', title) });
    if (command.parent === null) command.helpCommand('help [command...]', 'Show help for a command');
    else command.helpCommand(false);
  };

/** Suggests the command that the user probably meant, given the words after the program's name. */
type Suggest = (words: readonly string[]) => string;

/** Replaces commander's suggestion, which considers only commands of the same group. */
function suggestingCommand(text: string, suggest: () => string): string {
  const unknown = /^error: unknown command '[^]*?'/.exec(text)?.[0];
  return unknown === undefined ? text : `${unknown}.${suggest()}`;
}

/** The words that name the command: `event create`, or `event` for a group, or '' for the program. */
function pathOf(command: Commander): string {
  return command.parent === null ? '' : `${pathOf(command.parent)} ${command.name()}`.trim();
}

function addExamples(command: Commander, examples: readonly Example[], io: Io): void {
  command.addHelpText('after', ({ error }) => {
    const sink = error ? io.stderr : io.stdout;
    const bold = (text: string) => (showsColors(sink, io.env) ? paint('bold', text) : text);
    const name = calledAs(io.env);
    return ['', bold('Examples:'), ...examples.map(({ says, line }) => `  # ${says}\n  ${name} ${line}`)].join('\n');
  });
}

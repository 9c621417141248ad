import { CommanderError } from 'commander';
import type { ArgSpecs, Command, Values } from './command.ts';
import { groups, commands, examples } from './commands/index.ts';
import { answerCompletion, completeName } from './completion/answer-completion.ts';
import { createContext } from './context.ts';
import { describeError, errorJson, headed } from './describe-error.ts';
import { exitCodes, type ExitCode } from './exit-code.ts';
import { forgottenDashes } from './forgotten-dashes.ts';
import type { Io } from './io.ts';
import { buildProgram, type CommonValues } from './program.ts';
import packageJson from '../package.json' with { type: 'json' };

/**
 * Runs the command in `argv` (the words after the program's name) and resolves to its exit code. Never throws and never
 * exits the process.
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  if (argv[0] === completeName) {
    await answerCompletion(argv.slice(1), { commands, groups, io });
    return exitCodes.done;
  }
  let exitCode: ExitCode = exitCodes.done;
  const program = buildProgram({
    version: packageJson.version,
    commands,
    groups,
    examples,
    io,
    json: wantsJson(argv),
    act: async (command, parse, common) => {
      exitCode = await act(command, parse, common, io);
    },
  });
  const forgotten = forgottenDashes(program, argv, io.env);
  if (forgotten !== null) return refuse(forgotten, argv, io);
  try {
    await program.parseAsync(helpLast(argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return helpWasAsked(error) ? exitCodes.done : exitCodes.usage;
  }
  return exitCode;
}

/** Refuses a command because npm took some of its options. `--json` may be one of them. */
function refuse(message: string, argv: readonly string[], io: Io): ExitCode {
  const json = wantsJson(argv) || io.env['npm_config_json'] === 'true';
  io.stderr.write(json ? errorJson({ code: 'usage', message, exitCode: exitCodes.usage }) : headed(message, io));
  return exitCodes.usage;
}

async function act(command: Command, parse: () => Values<ArgSpecs>, common: CommonValues, io: Io): Promise<ExitCode> {
  const debug = common.debug || io.env['LOG_LEVEL'] === 'debug';
  const context = createContext(io, common);
  let values: Values<ArgSpecs> | undefined;
  try {
    values = parse();
    return (await command.handler(values, context)) ?? exitCodes.done;
  } catch (error) {
    const described = describeError(error, command, io, { debug, values });
    io.stderr.write(common.json ? errorJson(described) : described.text);
    return described.exitCode;
  }
}

/**
 * Whether errors must be JSON. This is decided before parsing, because parsing may fail. Words after `--` are not
 * options.
 */
const wantsJson = (argv: readonly string[]): boolean =>
  (argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv).includes('--json');

/** Turns `help event create` into `event create --help`, because commander's help command knows only one level. */
function helpLast(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
}

/** Whether the user asked for help. Commander also shows help if a subcommand is missing. */
function helpWasAsked({ code }: CommanderError): boolean {
  return code === 'commander.helpDisplayed' || code === 'commander.version';
}

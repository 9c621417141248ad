import { Command, CommanderError } from 'commander';
import { exitCodes } from '../../admin-cli/exit-code.ts';
import { UsageError, usageText } from '../../admin-cli/usage-error.ts';

/** What may be typed behind a command of npm. */
export type NpmCommand<Options> = {
  /** What is typed before the options: `npm run bench --`. */
  readonly name: string;
  /** Throws `UsageError`; throws commander's own error once it has printed the help that was asked for. */
  parse(args: readonly string[]): Options;
  help(): string;
};

/** The widest help that is easy to read. */
const columnsMax = 120;

/**
 * Describes a command on commander. `define` adds its description, arguments and options; `read` makes the options of what
 * was parsed, if they are not the parsed values themselves, and may refuse them by `command.error(...)`.
 */
export function npmCommand<Options extends object>(
  name: string,
  define: (command: Command) => unknown,
  read: (command: Command) => Options = (command) => command.opts<Options>(),
): NpmCommand<Options> {
  const build = (): Command => {
    const command = new Command(name)
      .helpOption('-h, --help', 'show this help')
      .exitOverride()
      .configureOutput({
        writeErr: () => undefined,
        getOutHelpWidth: () => Math.min(process.stdout.columns || columnsMax, columnsMax),
      });
    define(command);
    return command;
  };
  return {
    name,
    parse: (args) => {
      try {
        return read(build().parse(args, { from: 'user' }));
      } catch (error) {
        if (!(error instanceof CommanderError) || error.exitCode === 0) throw error;
        throw new UsageError(usageText(error.message), { cause: error });
      }
    },
    help: () => build().helpInformation(),
  };
}

/** Reads the arguments of this process. Ends it after the help, and, with exit code 2, if they are wrong. */
export function parseOrExit<Options>(command: NpmCommand<Options>): Options {
  try {
    return command.parse(process.argv.slice(2));
  } catch (error) {
    if (error instanceof CommanderError) process.exit(exitCodes.done);
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`Error: ${error.message}\nSee: ${command.name} --help\n`);
    process.exit(exitCodes.usage);
  }
}

/**
 * Runs this process as a command. What `main` resolves to is its exit code, unless it set one itself; a fault is said and
 * ends it with 1.
 */
export async function runCommand<Options>(
  command: NpmCommand<Options>,
  main: (options: Options) => Promise<number | void>,
): Promise<void> {
  const options = parseOrExit(command);
  // Whoever reads may leave (`| head`): the command goes on to its end, and stops what it started.
  process.stdout.on('error', () => undefined);
  try {
    const exitCode = await main(options);
    if (typeof exitCode === 'number') process.exitCode = exitCode;
  } catch (error) {
    process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
    // A store that can't be reached is tried again and again, as is right in a server; that would keep this process alive.
    process.exit(exitCodes.fault);
  }
}

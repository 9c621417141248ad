import { Command, CommanderError } from 'commander';
import { exitCodes } from '../../admin-cli/exit-code.ts';
import { forgottenDashes } from '../../admin-cli/forgotten-dashes.ts';
import { UsageError, usageText } from '../../admin-cli/usage-error.ts';

export type NpmCommand<Options> = {
  /** The words before the options: `npm run bench --`. */
  readonly name: string;
  /**
   * Throws `UsageError` if the arguments are wrong, and commander's own error after printing the help that was asked
   * for.
   */
  parse(args: readonly string[]): Options;
  help(): string;
  /**
   * Returns an error message if npm treated options of this command as its own, otherwise null (see
   * admin-cli/forgotten-dashes.ts).
   */
  forgottenDashes(args: readonly string[], env: NodeJS.ProcessEnv): string | null;
};

/** The maximum width of the help, in columns; wider help would be hard to read. */
const columnsMax = 120;

/**
 * Defines a command with commander. `define` adds description, arguments and options. `read` turns the parsed values
 * into the options if they differ, and may reject them with `command.error(...)`.
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
    forgottenDashes: (args, env) => forgottenDashes(build(), args, env),
  };
}

/**
 * Parses this process's arguments. Ends the process with 0 after printing the help, and with 2 if the arguments are
 * wrong or npm took some of them.
 */
export function parseOrExit<Options>(command: NpmCommand<Options>): Options {
  const forgotten = command.forgottenDashes(process.argv.slice(2), process.env);
  if (forgotten !== null) {
    process.stderr.write(`Error: ${forgotten}\n`);
    process.exit(exitCodes.usage);
  }
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
 * Runs this process as a command. The exit code is the number to which `main` resolves, or 1 after an error, which this
 * function prints.
 */
export async function runCommand<Options>(
  command: NpmCommand<Options>,
  main: (options: Options) => Promise<number | void>,
): Promise<void> {
  const options = parseOrExit(command);
  // If stdout closes (`| head`), the command still runs to its end, so that it stops the processes that it has started.
  process.stdout.on('error', () => undefined);
  try {
    const exitCode = await main(options);
    if (typeof exitCode === 'number') process.exitCode = exitCode;
  } catch (error) {
    process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
    // Exits explicitly, because clients of a store that is down keep this process alive with their retries.
    process.exit(exitCodes.fault);
  }
}

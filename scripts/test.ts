import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { npmCommand, parseOrExit } from './command/npm-command.ts';
import { serversOption } from './command/options.ts';
import { ensureBuilds, pathWith } from './servers/server-cache.ts';
import type { BuildName } from './servers/server-builds.ts';

type Options = { servers?: BuildName[]; forVitest: string[] };

/**
 * Vitest parses its own arguments. These options are listed only so that `forgottenDashes` can tell when npm has taken one
 * of them for itself.
 */
const commonOptions = npmCommand(
  'npm test --',
  (command) =>
    command
      .argument('[files...]')
      .addOption(serversOption())
      .option('--testNamePattern <pattern>')
      .option('-t <pattern>')
      .option('--reporter <name>')
      .option('--bail <n>')
      .option('--project <name>')
      .option('--coverage')
      .option('--update')
      .option('-u')
      .option('--watch')
      .helpOption(false)
      .allowUnknownOption(),
  () => ({}),
);

const testCommand = npmCommand<Options>(
  'npm test --',
  (command) =>
    command
      .usage('[options] [files and options of vitest]')
      .description('Runs the tests with vitest, on servers that it starts and removes.')
      .addOption(serversOption())
      .allowUnknownOption()
      .allowExcessArguments()
      .addHelpText('after', '\nAll other arguments go to vitest; npx vitest --help lists them.'),
  (command) => ({ ...command.opts<Omit<Options, 'forVitest'>>(), forVitest: command.args }),
);

parseOrExit(commonOptions);
const { servers = [], forVitest } = parseOrExit(testCommand);
try {
  const builds = await ensureBuilds(servers, (line) => console.error(line));
  for (const { packageName, packageVersion } of builds) console.error(`Testing on ${packageName} ${packageVersion}.`);
  process.env['PATH'] = pathWith(builds);
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

const root = dirname(import.meta.dirname);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
process.chdir(root);
process.argv = [process.execPath, vitest, 'run', ...forVitest];
await import(pathToFileURL(vitest).href);

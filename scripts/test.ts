import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { npmCommand, parseOrExit } from './command/npm-command.ts';

const root = dirname(import.meta.dirname);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = process.argv.slice(2);

// Vitest parses its own arguments. These are the options that people use, for the case that npm takes them.
parseOrExit(
  npmCommand(
    'npm test --',
    (command) =>
      command
        .argument('[files...]')
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
  ),
);

process.chdir(root);
process.argv = [process.execPath, vitest, 'run', ...args];
await import(pathToFileURL(vitest).href);

import { realStrategyNames, type StrategyName } from '../core/events/event.ts';
import { givenUpBySignal } from '../scripts/command/interrupted.ts';
import { npmCommand, runCommand } from '../scripts/command/npm-command.ts';
import { megabytes } from '../scripts/debian/program-cache.ts';
import { choice, serversOption, stockOption, strategyOption, usersOption } from '../scripts/command/options.ts';
import { serverBuilds, triedPairs, type BuildName } from '../scripts/servers/server-builds.ts';
import { ensureBuilds, pathWith, serverCacheDir, type ReadyBuild } from '../scripts/servers/server-cache.ts';
import { runSuite } from './run-suite.ts';
import { sellOnOwnSystem, type Sale } from './compat/sell-on-own-system.ts';
import { formatTrials, type Trial } from './compat/trials.ts';

type Options = {
  servers?: BuildName[];
  only?: 'contract' | 'sales';
  strategy?: StrategyName;
  users: number;
  stock: number;
};

const compatCommand = npmCommand<Options>(
  'npm run compat --',
  (command) =>
    command
      .description(
        'Runs the system on databases and Redis servers other than the ones installed here. For each pair of a database ' +
          'and a Redis, runs the contract suite, then a flash sale with every strategy. The servers are unpacked once, ' +
          'from Debian’s packages into a cache folder. Nothing is installed, and root is not needed.',
      )
      .addOption(serversOption())
      .addOption(choice('--only <part>', 'only the contract suite, or only the sales', ['contract', 'sales']))
      .addOption(strategyOption(realStrategyNames))
      .addOption(usersOption(1_000_000).default(500))
      .addOption(stockOption().default(50))
      .addHelpText(
        'after',
        `
Without --servers, the command runs ${triedPairs.map((pair) => pair.join(',')).join(', then ')}.
The servers are kept in ${serverCacheDir()}; delete that folder to get newer packages.
Exit codes: 0 all tests passed and all promises held, 1 a test failed or a sale could not be judged, 2 usage, 3 a promise was broken.`,
      ),
  (command) => {
    const options = command.opts<Options>();
    const kinds = options.servers?.map((name) => serverBuilds[name].kind);
    if (kinds?.length === 1) command.error('--servers needs a database and a Redis, such as mysql-9.7,valkey-9.');
    return options;
  },
);

async function main(options: Options): Promise<number> {
  const { servers, only } = options;
  const say = (line: string): void => console.log(line);
  const signal = givenUpBySignal('the trial', say);
  const strategies = options.strategy === undefined ? realStrategyNames : [options.strategy];
  const ownPath = process.env['PATH'];
  const pairs = servers === undefined ? triedPairs : [servers];
  const builds = await ensureBuilds([...new Set(pairs.flat())], say);
  say(`The servers are in ${serverCacheDir()} (${megabytes(builds.reduce((sum, { bytes }) => sum + bytes, 0))}).`);
  const trials: Trial[] = [];
  for (const pair of pairs) {
    const tried = builds.filter(({ name }) => pair.includes(name));
    // The launcher and the tests start the first servers that they find in PATH.
    process.env['PATH'] = pathWith(tried, ownPath);
    say(`\n${tried.map(titleOf).join(', ')}`);
    const contract = only === 'sales' ? null : await runSuite('contract', { strategies, env: {}, signal });
    if (contract !== null && !signal.aborted) say(`  contract suite: ${contract ? 'passed' : 'FAILED'}`);
    const sales: Sale[] =
      only === 'contract' || signal.aborted
        ? []
        : await sellOnOwnSystem(tried, { ...options, strategies, say: (line) => say(`  ${line}`), signal });
    if (signal.aborted) return 1;
    trials.push({ servers: tried.map(titleOf), contract, sales });
  }
  say(`\n${formatTrials(trials, options)}`);
  const verdicts = trials.flatMap(({ sales }) => sales.map(({ verdict }) => verdict));
  if (verdicts.includes('broken')) return 3;
  return verdicts.includes('unknown') || trials.some(({ contract }) => contract === false) ? 1 : 0;
}

const titleOf = ({ packageName, packageVersion }: ReadyBuild): string =>
  `${packageName} ${packageVersion.replace(/^\d+:/, '')}`;

await runCommand(compatCommand, main);

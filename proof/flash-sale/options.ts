import type { StrategyName } from '../../core/events/event.ts';
import { npmCommand } from '../../scripts/command/npm-command.ts';
import {
  defaultedStrategyOption,
  jsonOption,
  numberBetween,
  stockOption,
  usersOption,
} from '../../scripts/command/options.ts';

export type FlashSaleOptions = { users: number; stock: number; strategy: StrategyName; seed: number; json: boolean };

const seedMax = 2 ** 32 - 1;

export const flashSaleCommand = npmCommand<FlashSaleOptions>(
  'npm run flash-sale --',
  (command) =>
    command
      .description(
        'Sells out one coupon event over real HTTP. Then checks the promises by comparing three records of the sale: the ' +
          'answers that the clients got, Redis, and MySQL. If MySQL decides, Redis has no record, and only the other two ' +
          'are compared.',
      )
      .addOption(usersOption(1_000_000).default(10_000))
      .addOption(stockOption().default(1_000))
      .addOption(defaultedStrategyOption())
      .option('--seed <n>', 'the same seed gives the same crowd (default: random)', numberBetween(0, seedMax))
      .addOption(jsonOption())
      .addHelpText(
        'after',
        `
The strategy unsafe oversells on purpose, to show that this command detects it; the system must run with
FIRSTCOME_UNSAFE=1.

It uses the system that DATABASE_URL, REDIS_URL, AUTH_SECRET, HOST and PORT name, or else the one that npm start runs.
If there is neither, it starts its own and stops it at the end.
Exit codes: 0 all promises held, 1 fault (not everything could be judged), 2 usage, 3 a promise was broken.`,
      ),
  (command) => ({
    seed: Math.floor(Math.random() * 2 ** 31),
    json: false,
    ...command.opts<Omit<FlashSaleOptions, 'seed' | 'json'>>(),
  }),
);

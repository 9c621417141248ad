import { parseArgs } from 'node:util';
import { defaultStrategy, limits, strategyNames, type StrategyName } from '../../core/events/event.ts';

export type FlashSaleOptions = { users: number; stock: number; strategy: StrategyName; seed: number; json: boolean };

export const usage = `Usage: npm run flash-sale -- [options]

Sells out one coupon event through real HTTP, and proves from three sides that it was exact: what every client was
told, what Redis holds, and what MySQL holds. Where MySQL decides, Redis holds nothing, and the other two sides prove it.

  --users N      how many users claim                 10000
  --stock N      how many coupons there are            1000
  --strategy S   how claims are decided: one of      ${defaultStrategy}
                 ${strategyNames.slice(0, 4).join(', ')},
                 ${strategyNames.slice(4).join(', ')}
  --seed N       the same seed gives the same crowd   random
  --json         print the result as JSON, and nothing else, on stdout

The strategy unsafe oversells on purpose, to see that this finds it; the system must run with FIRSTCOME_UNSAFE=1.

It uses the system that DATABASE_URL, REDIS_URL, AUTH_SECRET, HOST and PORT say, else the one that \`npm start\` runs,
else it starts one of its own and stops it again.
Exit codes: 0 all promises held, 1 fault (not everything could be judged), 2 usage, 3 a promise was broken.`;

const usersMax = 1_000_000;

/** Reads the arguments. Throws a `UsageError`. */
export function parseOptions(args: string[]): FlashSaleOptions | 'help' {
  const { values } = readArgs(args);
  if (values.help) return 'help';
  const strategy = strategyNames.find((name) => name === values.strategy);
  if (strategy === undefined)
    throw new UsageError(`--strategy ${values.strategy} is none of ${strategyNames.join(', ')}`);
  return {
    users: wholeNumber('users', values.users, 1, usersMax),
    stock: wholeNumber('stock', values.stock, 1, limits.stockMax),
    strategy,
    seed:
      values.seed === undefined
        ? Math.floor(Math.random() * 2 ** 31)
        : wholeNumber('seed', values.seed, 0, 2 ** 32 - 1),
    json: values.json,
  };
}

export class UsageError extends Error {}

function readArgs(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        users: { type: 'string', default: '10000' },
        stock: { type: 'string', default: '1000' },
        strategy: { type: 'string', default: defaultStrategy },
        seed: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (err) {
    throw new UsageError(err instanceof Error ? err.message : String(err));
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not ${text}`);
}

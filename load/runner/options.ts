import type { StrategyName } from '../../core/events/event.ts';
import { npmCommand } from '../../scripts/command/npm-command.ts';
import {
  defaultedStrategyOption,
  jsonOption,
  numberBetween,
  oneOf,
  secondsUpTo,
  stockOption,
  usersOption,
} from '../../scripts/command/options.ts';
import type { Thresholds } from './thresholds.ts';

type Common = {
  strategy: StrategyName;
  /** Null means the scenario's default. */
  stock: number | null;
  /** Null means that each arrival is a new user. */
  users: number | null;
  /** Arrivals per second: the first rate of the climb, the rate around the rush, or the rate of endurance. */
  rate: number;
  /** The length of a step of the climb, of the rush, or of the whole run. */
  seconds: number;
  thresholds: Thresholds;
  json: boolean;
};
export type RampUpOptions = Common & { scenario: 'ramp-up'; atLeast: number | null };
export type StressOptions = Common & { scenario: 'stress'; peakRate: number };
export type EnduranceOptions = Common & { scenario: 'endurance' };
export type LoadOptions = RampUpOptions | StressOptions | EnduranceOptions;
export type ScenarioName = LoadOptions['scenario'];

const scenarios = ['ramp-up', 'stress', 'endurance'] as const satisfies ScenarioName[];
/** The highest rate that the options accept. Artillery can't reach this rate from one machine with a few cores. */
export const rateMax = 10_000;
/** The longest run. The samples of memory and CPU, one a second, stay in memory until the end. */
const secondsMax = 24 * 3_600;
const usersMax = 100_000_000;
const p99MsMax = 60_000;
const usualSeconds: Record<ScenarioName, number> = { 'ramp-up': 10, stress: 15, endurance: 600 };
const usualPeakRate = 1_500;

/** The options as commander parses them. */
type Typed = Pick<Common, 'strategy' | 'rate'> &
  Partial<Record<'peak' | 'duration' | 'stock' | 'users' | 'atLeast', number>> & { p99: number; json?: boolean };

export const loadCommand = npmCommand<LoadOptions>(
  'npm run load --',
  (command) =>
    command
      .description(
        'Uses Artillery to send virtual users over real HTTP, each with its own user id and token, at a rate that does ' +
          'not depend on the answers. Reports the answers, and checks the promises by comparing three records of the ' +
          'sale: the answers that every user got, Redis and MySQL. load/README.md explains the output.',
      )
      .addArgument(oneOf('<scenario>', 'one of the scenarios below', scenarios))
      .option(
        '--rate <n>',
        'arrivals per second: in the first step, around the rush, or throughout the run',
        numberBetween(1, rateMax),
        100,
      )
      .option(
        '--duration <time>',
        'length of a step (10s), the rush (15s) or the run (10m), for example 45, 90s, 10m, 4h',
        secondsUpTo(secondsMax),
      )
      .option('--at-least <n>', 'ramp-up: the run fails if the limit is lower', numberBetween(1, rateMax))
      .option('--peak <n>', `stress: arrivals per second in the rush (${usualPeakRate})`, numberBetween(1, rateMax))
      .addOption(stockOption())
      .addOption(usersOption(usersMax))
      .option(
        '--p99 <ms>',
        'p99 latency above which a run fails, or a step misses a threshold',
        numberBetween(1, p99MsMax),
        500,
      )
      .addOption(defaultedStrategyOption())
      .addOption(jsonOption())
      .addHelpText(
        'after',
        `
Scenarios:
  ramp-up      raises the rate until latency or failures break the thresholds: finds the limit
  stress       the usual rate, a rush past the limit, the usual rate again: shows whether the system recovers
  endurance    a steady rate for a long time, over many events: shows whether memory stays flat

Without --stock there are 1000000 coupons; in endurance, each minute's event has half as many coupons as arrivals.
Without --users each arrival is a new user.
The strategy unsafe oversells on purpose, to show that this command detects it. The system must run with
FIRSTCOME_UNSAFE=1, and the stock must be small enough to sell out.
The first run installs Artillery (450 MB) in load/. It downloads no browser and sends no telemetry.
It uses the system that DATABASE_URL, REDIS_URL, AUTH_SECRET, HOST and PORT name, or else the one that npm start runs.
If there is neither, it starts its own and stops it at the end.
Exit codes: 0 all promises held and no threshold was missed, 1 fault, or a threshold missed, 2 usage, 3 a promise was
broken.`,
      ),
  (command) => {
    const scenario = command.processedArgs[0] as ScenarioName;
    const { peak, duration, stock, users, atLeast, p99, json = false, ...typed } = command.opts<Typed>();
    const onlyFor = (flag: string, value: number | undefined, its: ScenarioName): void => {
      if (value !== undefined && scenario !== its) command.error(`error: ${flag} is for ${its}, not ${scenario}.`);
    };
    onlyFor('--at-least', atLeast, 'ramp-up');
    onlyFor('--peak', peak, 'stress');
    const common = {
      ...typed,
      json,
      stock: stock ?? null,
      users: users ?? null,
      seconds: duration ?? usualSeconds[scenario],
      thresholds: { p99Ms: p99, putOffShareMax: 0.01 },
    };
    switch (scenario) {
      case 'ramp-up':
        return { ...common, scenario, atLeast: atLeast ?? null };
      case 'stress':
        return { ...common, scenario, peakRate: peak ?? usualPeakRate };
      case 'endurance':
        return { ...common, scenario };
    }
  },
);

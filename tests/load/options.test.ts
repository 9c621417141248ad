import { describe, expect, it } from 'vitest';
import { UsageError } from '../../admin-cli/usage-error.ts';
import { strategyNames } from '../../core/events/event.ts';
import { loadCommand } from '../../load/runner/options.ts';

describe('the options of npm run load', () => {
  it("have the scenario's usual values by default", () => {
    const common = { strategy: 'redis-stream', stock: null, users: null, rate: 100, json: false };
    expect(loadCommand.parse(['ramp-up'])).toMatchObject({
      ...common,
      scenario: 'ramp-up',
      seconds: 10,
      atLeast: null,
    });
    expect(loadCommand.parse(['stress'])).toMatchObject({
      ...common,
      scenario: 'stress',
      seconds: 15,
      peakRate: 1_500,
    });
    expect(loadCommand.parse(['endurance'])).toMatchObject({ ...common, scenario: 'endurance', seconds: 600 });
  });

  it('have the given values', () => {
    const args = 'stress --rate 7 --peak 900 --duration 20s --stock 50 --users 40 --p99 250 --json'.split(' ');
    expect(loadCommand.parse(args)).toMatchObject({
      ...{ rate: 7, peakRate: 900, seconds: 20, stock: 50, users: 40, json: true },
      thresholds: { p99Ms: 250 },
    });
  });

  it.each(strategyNames)('accept the strategy %s, and name it in the help', (strategy) => {
    expect(loadCommand.parse(['ramp-up', '--strategy', strategy])).toMatchObject({ strategy });
    expect(loadCommand.help()).toContain(strategy);
  });

  it.each([
    ['45', 45],
    ['90s', 90],
    ['10m', 600],
    ['4h', 14_400],
  ])('accept the duration %s', (text, seconds) => {
    expect(loadCommand.parse(['endurance', '--duration', text])).toMatchObject({ seconds });
  });

  it.each([
    [[], "Missing required argument 'scenario'"],
    [['speed'], 'Allowed choices are ramp-up, stress, endurance.'],
    [['stress', 'endurance'], 'Too many arguments'],
    [['ramp-up', '--strategy', 'luck'], "argument 'luck' is invalid. Allowed choices are db-lock, "],
    [['ramp-up', '--peak', '9'], '--peak is for stress, not ramp-up'],
    [['stress', '--at-least', '9'], '--at-least is for ramp-up, not stress'],
    [['stress', '--rate', '0'], "argument '0' is invalid. It must be a whole number from 1 to 10000."],
    [['stress', '--rate', '1.5'], "argument '1.5' is invalid. It must be a whole number from 1 to 10000."],
    [['endurance', '--duration', '0s'], 'It must be a time from 1s to 24h'],
    [['endurance', '--duration', '25h'], 'It must be a time from 1s to 24h'],
    [['endurance', '--duration', '2d'], 'It must be a time from 1s to 24h'],
    [['endurance', '--duration', 'ever'], 'It must be a time from 1s to 24h'],
    [['endurance', '--for', 'ever'], "Unknown option '--for'"],
  ])('refuse %j, and say why', (args, message) => {
    expect(() => loadCommand.parse(args)).toThrow(UsageError);
    expect(() => loadCommand.parse(args)).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import { strategyNames } from '../../core/events/event.ts';
import { parseOptions, usage, UsageError } from '../../load/runner/options.ts';

describe('the options of npm run load', () => {
  it('are as usual for the scenario, if nothing is said', () => {
    const common = { strategy: 'redis-stream', stock: null, users: null, rate: 100, json: false };
    expect(parseOptions(['ramp-up'])).toMatchObject({ ...common, scenario: 'ramp-up', seconds: 10, atLeast: null });
    expect(parseOptions(['stress'])).toMatchObject({ ...common, scenario: 'stress', seconds: 15, peakRate: 1_500 });
    expect(parseOptions(['endurance'])).toMatchObject({ ...common, scenario: 'endurance', seconds: 600 });
  });

  it('are what is said', () => {
    const args = 'stress --rate 7 --peak 900 --duration 20s --stock 50 --users 40 --p99 250 --json'.split(' ');
    expect(parseOptions(args)).toMatchObject({
      ...{ rate: 7, peakRate: 900, seconds: 20, stock: 50, users: 40, json: true },
      thresholds: { p99Ms: 250 },
    });
  });

  it.each(strategyNames)('take the strategy %s, and name it in the help', (strategy) => {
    expect(parseOptions(['ramp-up', '--strategy', strategy])).toMatchObject({ strategy });
    expect(usage).toContain(strategy);
  });

  it.each([
    ['45', 45],
    ['90s', 90],
    ['10m', 600],
    ['4h', 14_400],
  ])('read the duration %s', (text, seconds) => {
    expect(parseOptions(['endurance', '--duration', text])).toMatchObject({ seconds });
  });

  it.each([
    [[], 'say one of ramp-up, stress, endurance, not nothing'],
    [['speed'], 'say one of ramp-up, stress, endurance, not speed'],
    [['stress', 'endurance'], 'say one of ramp-up, stress, endurance, not stress endurance'],
    [['ramp-up', '--strategy', 'luck'], '--strategy luck is none of db-lock, '],
    [['ramp-up', '--peak', '9'], '--peak is for stress, not ramp-up'],
    [['stress', '--at-least', '9'], '--at-least is for ramp-up, not stress'],
    [['stress', '--rate', '0'], '--rate must be a whole number from 1 to 10000, not 0'],
    [['stress', '--rate', '1.5'], '--rate must be a whole number from 1 to 10000, not 1.5'],
    [['endurance', '--duration', '0s'], '--duration must be a time from 1s to 24h'],
    [['endurance', '--duration', '25h'], '--duration must be a time from 1s to 24h'],
    [['endurance', '--duration', '1d'], '--duration must be a time from 1s to 24h'],
    [['endurance', '--for', 'ever'], "Unknown option '--for'"],
  ])('turn %j away, and say why', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });

  it('give help, whatever else is said', () => {
    expect(parseOptions(['--help'])).toBe('help');
    expect(parseOptions(['speed', '-h'])).toBe('help');
  });
});

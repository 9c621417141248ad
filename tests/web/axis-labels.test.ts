import { describe, expect, it } from 'vitest';
import { axisLabels } from '../../web/console/parts/axis-labels.ts';
import { formatElapsed } from '../../web/console/parts/elapsed.ts';

const originMs = new Date('2026-09-01T10:00:00').getTime();

describe('the labels of a time axis', () => {
  it.each([
    [[0, 0.05, 0.1, 0.15], true, ['0.00s', '0.05s', '0.10s', '0.15s']],
    [[0, 0.5, 1], true, ['0.0s', '0.5s', '1.0s']],
    [[0, 0.025, 0.05], true, ['0.000s', '0.025s', '0.050s']],
    [[0, 20, 40], true, ['0s', '20s', '40s']],
    [[0, 30, 60], false, ['10:00:00', '10:00:30', '10:01:00']],
    [[0, 900, 1_800], false, ['10:00', '10:15', '10:30']],
    [[0, 86_400], false, ['01/09', '02/09']],
  ])('of ticks at %j s all differ, and have no more digits than necessary', (splits, isShort, labels) => {
    expect(axisLabels(splits, { language: 'en-GB', originMs, isShort })).toEqual(labels);
  });

  it('never repeat, however close the ticks are', () => {
    for (const step of [0.0001, 0.001, 0.002, 0.01, 0.25, 1, 7, 60, 3_600, 40_000]) {
      for (const isShort of [true, false]) {
        const splits = Array.from({ length: 9 }, (_, at) => at * step);
        const labels = axisLabels(splits, { language: 'ko', originMs, isShort }).filter((label) => label !== '');
        const isDayLong = step * 9 > 86_400;
        if (!isDayLong) expect([step, isShort, new Set(labels).size]).toEqual([step, isShort, labels.length]);
      }
    }
  });
});

it('a duration is shown in at most two units, and to the millisecond if it is short', () => {
  const said = [4, 204, 12_340, 59_960, 125_000, 3_600_000, 12_000_000, 190_000_000].map((ms) =>
    formatElapsed('en', ms),
  );
  expect(said).toEqual([
    ...['0.004 sec', '0.204 sec', '12.3 sec', '1 min', '2 min 5 sec', '1 hr', '3 hr 20 min', '2 days 5 hr'],
  ]);
  expect(formatElapsed('ko', 125_000)).toBe('2분 5초');
});

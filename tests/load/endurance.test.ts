import { describe, expect, it } from 'vitest';
import { planTurns } from '../../load/runner/endurance.ts';
import { judgeMemory } from '../../load/runner/flat-memory.ts';
import { coresUsed, type Sample } from '../../load/runner/process-samples.ts';

const mebi = 2 ** 20;

/** Takes one sample a second. `sizes` are in MiB. */
const samplesOf = (count: number, sizes: (second: number) => { api?: number; redis?: number }): Sample[] =>
  Array.from({ length: count }, (_, second) => {
    const { api, redis } = sizes(second);
    return {
      atMs: second * 1_000,
      parts: api === undefined ? {} : { api: { rssBytes: api * mebi, cpuUs: second * 500_000 } },
      redisUsedBytes: redis === undefined ? null : redis * mebi,
    };
  });

describe('the sales of an endurance run', () => {
  const lengths = (seconds: number) => planTurns(seconds, 0).map((turn) => turn.seconds);

  it('last a minute each, except that the last one is long enough to sell out', () => {
    expect([1, 60, 89, 90, 125].map(lengths)).toEqual([[1], [60], [89], [60, 30], [60, 65]]);
    expect(lengths(4 * 3_600)).toEqual(Array.from({ length: 240 }, () => 60));
  });

  it('follow each other without a gap', () => {
    expect(planTurns(90, 5_000)).toEqual([
      { name: 'minute 1', seconds: 60, fromMs: 5_000, toMs: 65_000 },
      { name: 'minute 2', seconds: 30, fromMs: 65_000, toMs: 95_000 },
    ]);
  });
});

describe('judgeMemory', () => {
  it('calls memory flat despite warm-up and fluctuation', () => {
    const samples = samplesOf(600, (second) => ({ api: Math.min(100 + second, 200) + (second % 20), redis: 9 }));
    expect(judgeMemory(samples).map(({ part, flat }) => [part, flat])).toEqual([
      ['api', true],
      ['redis', true],
    ]);
  });

  it('finds a leak, however slow, if the run is long enough', () => {
    const leak = (perSecond: number, seconds: number) =>
      judgeMemory(samplesOf(seconds, (second) => ({ api: 100 + second * perSecond })));
    expect(leak(0.2, 600)).toMatchObject([{ part: 'api', flat: false }]);
    expect(leak(0.005, 4 * 3_600)).toMatchObject([{ part: 'api', flat: false }]);
  });

  it('is not misled by a peak in the middle of the run', () => {
    const samples = samplesOf(400, (second) => ({ redis: second > 150 && second < 170 ? 500 : 10 }));
    expect(judgeMemory(samples)).toMatchObject([{ part: 'redis', flat: true }]);
  });

  it('reports nothing about a process that it has no samples of, or too few', () => {
    expect(judgeMemory(samplesOf(600, () => ({})))).toEqual([]);
    expect(judgeMemory(samplesOf(39, () => ({ api: 100, redis: 9 })))).toEqual([]);
  });
});

describe('coresUsed', () => {
  it('divides CPU time by elapsed time, using the samples that are available', () => {
    const samples = samplesOf(20, (second) => (second < 12 ? { api: 1 } : {}));
    expect(coresUsed(samples, 5_000, 10_000)).toEqual({ api: 0.5 });
    expect(coresUsed(samples, 8_000, 18_000)).toEqual({ api: 0.5 });
    expect(coresUsed(samples, 15_000, 18_000)).toEqual({});
  });

  it('leaves out a process that was restarted during the run', () => {
    const restarted = samplesOf(10, () => ({ api: 1 })).map((sample, i) =>
      i < 5 ? sample : { ...sample, parts: { api: { rssBytes: 1, cpuUs: 0 } } },
    );
    expect(coresUsed(restarted, 2_000, 8_000)).toEqual({});
  });
});

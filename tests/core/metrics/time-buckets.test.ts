import { describe, expect, it } from 'vitest';
import { bucketsOf, bucketWidthMs, busiestBucket, type ClaimPoint } from '../../../core/metrics/time-buckets.ts';

const at = (atMs: number, claims = 1, sinceMs = atMs): ClaimPoint => ({ sinceMs, atMs, claims });
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

describe('claims by time', () => {
  it('are counted in the bucket in which they were decided, and no bucket spans the opening', () => {
    const points = [at(1_003, 5), at(1_009, 2), at(1_010, 1), at(1_031, 4)];
    expect(bucketsOf(points, { fromMs: 1_003, toMs: 1_031, alignMs: 1_000, widthMs: 10 })).toEqual({
      ...{ fromMs: 1_000, widthMs: 10, counts: [7, 1, 0, 4] },
    });
    expect(bucketsOf([at(1_004)], { fromMs: 1_004, toMs: 1_004, alignMs: 1_003, widthMs: 10 }).fromMs).toBe(1_003);
  });

  it('are spread evenly if one claim stands for many, and none is lost or counted twice', () => {
    const { counts } = bucketsOf([at(1_100, 100, 1_000), at(1_100, 7)], {
      ...{ fromMs: 1_000, toMs: 1_100, alignMs: 1_000, widthMs: 30 },
    });
    expect([counts, sum(counts)]).toEqual([[30, 30, 30, 17], 107]);
  });

  it('outside the range are left out, and claims spread over a long time need no more buckets than the range has', () => {
    const points = [at(900), at(5_000), at(864_000_000, 1_000_000, 1_000)];
    expect(bucketsOf(points, { fromMs: 1_000, toMs: 1_090, alignMs: 1_000, widthMs: 10 }).counts).toHaveLength(10);
    expect(sum(bucketsOf([at(900), at(5_000)], { fromMs: 1_000, toMs: 1_090, alignMs: 0, widthMs: 10 }).counts)).toBe(
      0,
    );
  });
});

describe('the busiest moment', () => {
  it('is the first bucket with the most claims, even in a sale that lasts days', () => {
    const points = [at(20, 3), at(86_400_000, 4), at(86_400_003, 5), at(172_800_000, 9)];
    expect(busiestBucket(points, { alignMs: 0, widthMs: 10 })).toEqual({ atMs: 86_400_000, claims: 9 });
    expect(busiestBucket([], { alignMs: 0, widthMs: 10 })).toBeNull();
  });

  it('has the average count if one claim stands for many', () => {
    expect(busiestBucket([at(1_000, 500, 0)], { alignMs: 0, widthMs: 100 })).toEqual({ atMs: 0, claims: 50 });
  });
});

it('the width of a bucket is the smallest of 10, 20, 50, 100 ms and so on that needs no more than the maximum number of buckets', () => {
  for (const spanMs of [0, 1, 199, 1_990, 2_000, 60_000, 86_400_000]) {
    const widthMs = bucketWidthMs(spanMs, { leastMs: 10, max: 200 });
    expect(Math.floor(spanMs / widthMs) + 2).toBeLessThanOrEqual(200);
  }
  expect(bucketWidthMs(200, { leastMs: 10, max: 200 })).toBe(10);
  expect(bucketWidthMs(200, { leastMs: 100, max: 200 })).toBe(100);
  expect(bucketWidthMs(60_000, { leastMs: 10, max: 200 })).toBe(500);
});

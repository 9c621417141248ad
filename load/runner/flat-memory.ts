import type { Sample } from './process-samples.ts';

/** The memory of one part of the system over a run. */
export type MemoryTrend = {
  /** For `redis`, the memory that Redis itself reports as used. */
  part: string;
  /** The median of each quarter. */
  quarterBytes: number[];
  /** The growth from the second quarter to the fourth. */
  grownBytes: number;
  flat: boolean;
};

const judged = ['api', 'worker', 'redis'] as const;
/**
 * The growth that is allowed. Even two minutes after the start, the size of heaps varies by some MB from minute to
 * minute.
 */
const breathBytes = 32 * 2 ** 20;
const samplesLeast = 40;

/**
 * Judges whether memory stays flat: from the second quarter to the fourth, a part may grow by 32 MiB. Leaves out parts
 * that could not be observed. Judges no part if the run was too short.
 */
export function judgeMemory(samples: Sample[]): MemoryTrend[] {
  return judged.flatMap((part) => {
    const values = samples.flatMap((sample) => {
      const bytes = part === 'redis' ? sample.redisUsedBytes : sample.parts[part]?.rssBytes;
      return bytes === undefined || bytes === null ? [] : [bytes];
    });
    if (values.length < samplesLeast) return [];
    const at = (quarter: number) => Math.floor((quarter * values.length) / 4);
    const quarterBytes = [0, 1, 2, 3].map((quarter) => median(values.slice(at(quarter), at(quarter + 1))));
    const grownBytes = (quarterBytes[3] ?? 0) - (quarterBytes[1] ?? 0);
    return [{ part, quarterBytes, grownBytes, flat: grownBytes <= breathBytes }];
  });
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

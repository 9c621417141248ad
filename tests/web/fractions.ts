import { createRandom } from '../api/random.ts';

/** As `Math.random`, but a seed repeats it. */
export function fractions(seed: number): () => number {
  const random = createRandom(seed);
  return () => random.below(2 ** 32) / 2 ** 32;
}

import { createRandom } from '../api/random.ts';

/** Returns a function like `Math.random` that gives the same numbers for the same seed. */
export function fractions(seed: number): () => number {
  const random = createRandom(seed);
  return () => random.below(2 ** 32) / 2 ** 32;
}

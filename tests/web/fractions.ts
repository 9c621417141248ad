import { createRandom } from '../api/random.ts';

/** Returns a function like `Math.random`. The same seed gives the same numbers. */
export function fractions(seed: number): () => number {
  const random = createRandom(seed);
  return () => random.below(2 ** 32) / 2 ** 32;
}

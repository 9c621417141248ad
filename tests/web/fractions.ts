import { createRandom } from '../api/random.ts';

/** Like `Math.random`, but repeatable from a seed. */
export function fractions(seed: number): () => number {
  const random = createRandom(seed);
  return () => random.below(2 ** 32) / 2 ** 32;
}

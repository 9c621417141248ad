/** How many calls a key may make in any window of `windowMs`. */
export type Rate = { max: number; windowMs: number };

/** How many keys' counts a set holds. */
const ways = 8;
const defaultSets = 8_192;

/**
 * Counts calls by key in a sliding window, in fixed memory: 12 bytes for each of `8 * sets` keys.
 *
 * Time is divided into buckets that are each as long as the window. A key has two counts: one for the current bucket,
 * and one for the bucket before. The older count fades out as its bucket leaves the window. A call passes if
 * `before * (share of the older bucket that is still in the window) + now + 1 <= max`. Refused calls are not counted.
 *
 * The estimate assumes that the older bucket's calls were spread evenly, so it differs from an exact count.
 * tests/core/limits/sliding-window.test.ts compares it with an exact count, and checks these bounds:
 * - At most `2 * max - 1` calls pass in any window, and at most `max` in each bucket.
 * - A key that makes at most `max / 2` calls in every window is never refused.
 * - A refused key that keeps trying passes again within `windowMs * (1 + 1 / max)`.
 *
 * Two 32-bit hashes with a secret seed determine a key's place. Two keys share a count only if they fall into the same
 * set and their 32-bit tags agree. A set has 8 places, so the chance that a given key shares its count is about 1 in 500
 * million. If a set has more active keys than places, the key with the lowest count is forgotten: its count starts again
 * at zero, so more of its calls may pass.
 */
export class SlidingWindow {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #seed: number;
  readonly #sets: number;
  readonly #tags: Uint32Array;
  /** The bucket in which a place was last used. */
  readonly #buckets: Uint32Array;
  readonly #counts: Uint16Array;
  readonly #countsBefore: Uint16Array;

  /** `sets` must be a power of two, and `max` at most 65,535. */
  constructor({ max, windowMs }: Rate, { sets = defaultSets, seed = (Math.random() * 2 ** 32) >>> 0 } = {}) {
    this.#max = max;
    this.#windowMs = windowMs;
    this.#seed = seed;
    this.#sets = sets;
    this.#tags = new Uint32Array(sets * ways);
    this.#buckets = new Uint32Array(sets * ways);
    this.#counts = new Uint16Array(sets * ways);
    this.#countsBefore = new Uint16Array(sets * ways);
  }

  /** Charges as many of the `calls` as may pass now, and returns that number. `nowMs` must never decrease. */
  take(key: string, calls: number, nowMs: number): number {
    // Buckets are numbered from 2, so that an unused place (bucket 0) never seems to be from the bucket before.
    const position = nowMs / this.#windowMs + 2;
    const bucket = Math.floor(position);
    const at = this.#placeOf(key, bucket);
    const counted = this.#counts[at] ?? 0;
    const fading = (this.#countsBefore[at] ?? 0) * (1 - (position - bucket));
    const room = Math.floor(this.#max - fading) - counted;
    const passed = Math.max(0, Math.min(calls, room));
    this.#counts[at] = counted + passed;
    return passed;
  }

  /**
   * Finds the key's place and moves it to the current bucket. A key without a place gets the least used place of its
   * set.
   */
  #placeOf(key: string, bucket: number): number {
    let index = this.#seed;
    let tag = ~this.#seed;
    for (let at = 0; at < key.length; at += 1) {
      const char = key.charCodeAt(at);
      index = Math.imul(index ^ char, 0x01000193);
      tag = Math.imul(tag ^ char, 0x5bd1e995);
      tag ^= tag >>> 15;
    }
    index ^= index >>> 16;
    index = Math.imul(index, 0x85ebca6b);
    index ^= index >>> 13;
    const first = (index & (this.#sets - 1)) * ways;
    const wanted = tag >>> 0;
    let least = first;
    let leastCount = Infinity;
    for (let at = first; at < first + ways; at += 1) {
      const age = bucket - (this.#buckets[at] ?? 0);
      if (age <= 1 && this.#tags[at] === wanted) {
        if (age === 1) this.#turn(at, bucket, this.#counts[at] ?? 0);
        return at;
      }
      const count = age > 1 ? -1 : (this.#counts[at] ?? 0) + (age === 0 ? (this.#countsBefore[at] ?? 0) : 0);
      if (count >= leastCount) continue;
      least = at;
      leastCount = count;
    }
    this.#tags[least] = wanted;
    this.#turn(least, bucket, 0);
    return least;
  }

  #turn(at: number, bucket: number, before: number): void {
    this.#buckets[at] = bucket;
    this.#countsBefore[at] = before;
    this.#counts[at] = 0;
  }
}

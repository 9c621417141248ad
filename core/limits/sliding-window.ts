/** How many calls a key may make, in any window of this length. */
export type Rate = { max: number; windowMs: number };

/** A set holds the counts of this many keys. */
const ways = 8;
const defaultSets = 8_192;

/**
 * Counts calls by key in a sliding window, in fixed memory: 12 bytes for each of `8 * sets` keys.
 *
 * Time is cut into buckets of one window each. A key has two counts, of this bucket and of the one before; the older
 * one fades out as its bucket leaves the window. A call passes if
 * `before * (share of it that is still in the window) + now + 1 <= max`. Calls that are refused are not counted.
 *
 * The estimate assumes that the older bucket's calls were spread evenly. So it differs from an exact count, within these
 * bounds: at most `2 * max - 1` calls pass in any window, and at most `max` in each bucket; a key that makes at most
 * `max / 2` calls in every window is never refused; a refused key that keeps trying passes again within `windowMs *
 * (1 + 1 / max)`. tests/core/limits/sliding-window.test.ts checks these bounds against an exact count.
 *
 * A key's place is found by two hashes of 32 bits with a secret seed. Two keys share a count only if both hashes agree,
 * so among 65,536 keys any one shares its count with a chance of about 1 in 250 million. If more keys than places are
 * active in a set, the key with the lowest count is forgotten: it starts again at zero, and more may pass.
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
    // The first bucket is number 2, so that an unused place (bucket 0) is never the bucket before.
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

  /** Finds the key's place and moves it to this bucket. A key without a place gets the least used one of its set. */
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

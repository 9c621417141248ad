/** Returns a generator of random numbers in 0..1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A user's click, `atMs` after the opening (negative: before it). */
export type Arrival = { user: number; atMs: number };

export type Crowd = {
  /** Sorted by time. */
  arrivals: Arrival[];
  /** How many users first click before the opening. */
  early: number;
  twice: number;
};

export const userName = (user: number): string => `user-${user}`;

const earlyShare = 0.05;
const twiceShare = 0.05;
/** The share of users who click right at the opening, such as scripts. */
const promptShare = 0.15;
const promptWithinMs = 30;
/** The mean delay of the other users. 92% of them click within the first second. */
const meanDelayMs = 400;
const delayMsMax = 3_000;

/**
 * Plans all clicks before the sale begins. If users waited for each answer before they clicked again, a slow server
 * would get fewer calls, and the result would hide how slow it is.
 */
export function planCrowd(users: number, seed: number): Crowd {
  const random = seededRandom(seed);
  const between = (low: number, high: number): number => low + random() * (high - low);
  const arrivals: Arrival[] = [];
  let early = 0;
  let twice = 0;
  for (let user = 0; user < users; user += 1) {
    let atMs = Math.min(-meanDelayMs * Math.log(1 - random()), delayMsMax);
    const kind = random();
    if (kind < earlyShare) {
      early += 1;
      atMs = between(-1_500, -50);
    } else if (kind < earlyShare + promptShare) atMs = between(0, promptWithinMs);
    arrivals.push({ user, atMs });
    if (random() < twiceShare) {
      twice += 1;
      arrivals.push({ user, atMs: atMs + (random() < 0.5 ? between(0, 2) : between(50, 300)) });
    }
  }
  return { arrivals: arrivals.sort((a, b) => a.atMs - b.atMs), early, twice };
}

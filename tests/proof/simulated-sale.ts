import type { KnownClaim } from '../../core/compare/compare-claims.ts';
import type { Answer } from '../../proof/checker/answer.ts';
import type { Sale } from '../../proof/checker/sale.ts';

/** Returns random numbers from 0 to 1 (mulberry32). The same seed gives the same numbers. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const opensAtMs = 1_800_000_000_000;

/**
 * Simulates a sale on a server that keeps every promise. Calls travel for a while, the server decides them one after
 * the other, and the answers travel back. Some users are early, some click twice, and some lose an answer and ask
 * again.
 */
export function simulateSale(options: { seed: number; users: number; stock: number }): Sale & { claims: StoredClaims } {
  const random = seededRandom(options.seed);
  const between = (low: number, high: number): number => low + random() * (high - low);
  const calls: Call[] = [];
  for (let i = 0; i < options.users; i += 1) {
    const userId = `user-${i}`;
    const call = (sentAtMs: number, lost = false): void => {
      const decidedAtMs = sentAtMs + between(0.1, 20);
      calls.push({ userId, sentAtMs, decidedAtMs, receivedAtMs: decidedAtMs + between(0.1, 20), lost });
    };
    const arrival = opensAtMs + between(1, 1_000);
    if (random() < 0.1) call(opensAtMs - between(50, 500));
    if (random() < 0.1) {
      call(arrival, true);
      call(arrival + between(100, 300));
    } else call(arrival);
    if (random() < 0.1) call(arrival + between(0, 200));
  }

  const held = new Map<string, KnownClaim & { code: string }>();
  const answers: Answer[] = [];
  for (const { userId, sentAtMs, decidedAtMs, receivedAtMs, lost } of calls.sort(
    (a, b) => a.decidedAtMs - b.decidedAtMs,
  )) {
    const decide = (): Answer['outcome'] => {
      const before = held.get(userId);
      if (before !== undefined) return { status: 'issued', round: 1, replayed: true, ...withoutUser(before) };
      if (decidedAtMs < opensAtMs) return { status: 'not_open', opensAtMs, serverTimeMs: Math.floor(decidedAtMs) };
      if (held.size >= options.stock) return { status: 'sold_out' };
      const serial = held.size + 1;
      const claim = { serial, userId, code: `CODE-${serial}-${userId}`, claimedAtMs: Math.floor(decidedAtMs) };
      held.set(userId, claim);
      return { status: 'issued', round: 1, replayed: false, ...withoutUser(claim) };
    };
    const outcome = decide();
    answers.push({ userId, sentAtMs, receivedAtMs, outcome: lost ? { status: 'unknown', reason: 'cut' } : outcome });
  }
  const stored = [...held.values()];
  return {
    decidedBy: 'redis',
    round: 1,
    stock: options.stock,
    opensAtMs,
    issued: stored.length,
    returned: new Set(),
    reserved: new Set(),
    regiven: new Set(),
    clockErrorMs: 2,
    answers,
    claims: { winners: stored.map(copy), outbox: [], mysql: stored.map(copy) },
  };
}

export type StoredClaims = { winners: KnownClaim[]; outbox: KnownClaim[]; mysql: KnownClaim[] };

type Call = { userId: string; sentAtMs: number; decidedAtMs: number; receivedAtMs: number; lost: boolean };

const copy = (claim: KnownClaim): KnownClaim => ({ ...claim });

const withoutUser = ({ serial, code, claimedAtMs }: KnownClaim & { code: string }) => ({ serial, code, claimedAtMs });

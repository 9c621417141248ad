import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { overLimit, type LimitName } from '../../core/limits/over-limit.ts';

/** Limits rare, costly calls, such as sign-ins, by key. */
export type Attempts = {
  /** Counts an attempt. Throws `OverLimit` if the key has made too many. */
  take(key: string): Promise<void>;
  /** Takes back an attempt that turned out to be legitimate. */
  giveBack(key: string): Promise<void>;
};

/** A key's count ends `seconds` after its first attempt, which also frees its memory. */
export function createAttempts(
  limit: LimitName,
  { max, seconds }: { max: number; seconds: number },
  observe: () => void,
): Attempts {
  const limiter = new RateLimiterMemory({ points: max, duration: seconds });
  return {
    take: async (key) => {
      try {
        await limiter.consume(key);
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        observe();
        throw overLimit(limit, refused.msBeforeNext);
      }
    },
    giveBack: async (key) => void (await limiter.reward(key)),
  };
}

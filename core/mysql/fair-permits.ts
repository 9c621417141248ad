import { createPermits, type Permits } from './permits.ts';

/**
 * Permits that owners share: each owner can hold only a part of them, so that one owner's crowd doesn't block the other
 * owners.
 */
export type FairPermits = {
  /**
   * Waits at most `waitMs` for a permit. Resolves to whether the caller got one. Return the permit once, with
   * `giveBack` and the same owner. A caller without an owner is limited only by the total.
   */
  take(waitMs: number, owner?: string): Promise<boolean>;
  giveBack(owner?: string): void;
};

/** One owner's queue, kept while a caller of that owner waits or holds a permit. */
type Share = { permits: Permits; members: number };

/**
 * A caller takes a per-owner permit first, then a global one, so at most `shareMax` callers of each owner wait in the
 * global queue or hold a global permit.
 */
export function createFairPermits(count: number, shareMax: number): FairPermits {
  const all = createPermits(count);
  const shares = new Map<string, Share>();

  return {
    take: async (waitMs, owner) => {
      if (owner === undefined) return all.take(waitMs);
      const waitUntilMs = performance.now() + waitMs;
      const share = enter(owner);
      if (await share.permits.take(waitMs)) {
        if (await all.take(Math.max(0, waitUntilMs - performance.now()))) return true;
        share.permits.giveBack();
      }
      leave(owner, share);
      return false;
    },
    giveBack: (owner) => {
      all.giveBack();
      const share = owner === undefined ? undefined : shares.get(owner);
      if (owner === undefined || share === undefined) return;
      share.permits.giveBack();
      leave(owner, share);
    },
  };

  function enter(owner: string): Share {
    const share = shares.get(owner) ?? { permits: createPermits(shareMax), members: 0 };
    shares.set(owner, share);
    share.members += 1;
    return share;
  }

  function leave(owner: string, share: Share): void {
    share.members -= 1;
    if (share.members === 0) shares.delete(owner);
  }
}

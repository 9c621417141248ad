import { createPermits, type Permits } from './permits.ts';

/** Permits of which one owner can only have a share, so that its crowd doesn't block the others. */
export type FairPermits = {
  /**
   * Resolves to whether a permit came within `waitMs`. The caller gives it back with `giveBack`, once, for the same
   * owner. Without an owner, only the total counts.
   */
  take(waitMs: number, owner?: string): Promise<boolean>;
  giveBack(owner?: string): void;
};

/** An owner's own queue. It is removed when nobody of that owner waits or has a permit. */
type Share = { permits: Permits; members: number };

/**
 * A caller takes a per-owner permit first, then a global one. So at most `shareMax` callers of each owner wait in the
 * global queue.
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

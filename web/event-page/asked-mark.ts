/**
 * Records in this tab that a visitor has sent a claim and got no answer yet, so that the page repeats the claim after a
 * reload.
 */
export type AskedMark = {
  set: () => void;
  clear: () => void;
  /**
   * Whether this person has sent a claim recently. If the page does not know the person yet, whether anybody has sent
   * one from this tab.
   */
  isSet: () => boolean;
};

/** A mark older than this is ignored, because the visitor may no longer want the coupon. */
const keptMs = 10 * 60_000;

/** Creates a mark for one event. It records `userId`, because another person may sign in. */
export function createAskedMark(eventId: string, userId: () => string | null): AskedMark {
  const key = `firstcome:asked:${eventId}`;
  return {
    set: () => attempt((storage) => storage.setItem(key, JSON.stringify({ userId: userId(), atMs: Date.now() }))),
    clear: () => attempt((storage) => storage.removeItem(key)),
    isSet: () => {
      const text = attempt((storage) => storage.getItem(key));
      if (typeof text !== 'string') return false;
      const mark = JSON.parse(text) as { userId?: unknown; atMs?: unknown };
      const by = userId();
      return (
        (by === null || mark.userId === null || mark.userId === by) &&
        typeof mark.atMs === 'number' &&
        Date.now() - mark.atMs < keptMs
      );
    },
  };
}

/**
 * A browser may forbid storage. Without storage, the page does not repeat the claim after a reload, but `claim.mine`
 * still returns a coupon.
 */
function attempt<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}

/**
 * Remembers, in this tab, that a visitor sent a claim and has no answer yet, so that the page sends it again after a
 * reload.
 */
export type AskedMark = {
  set: () => void;
  clear: () => void;
  /** Whether this person has sent a claim recently. If the person is not known yet, whether anybody has. */
  isSet: () => boolean;
};

/** After this time, the visitor may no longer want the coupon. */
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

/** A browser may forbid storage. Then a reload does not repeat the claim, but `claim.mine` still shows a coupon. */
function attempt<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}

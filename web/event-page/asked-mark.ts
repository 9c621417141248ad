/**
 * Remembers in this tab that a visitor asked for a coupon and has no answer yet, so that the page asks again after a
 * reload.
 */
export type AskedMark = {
  set: () => void;
  clear: () => void;
  /** Whether this person asked a short while ago. If the person is not known yet, whether anybody did. */
  isSet: () => boolean;
};

/** A request older than this is dropped: its visitor may no longer want the coupon. */
const keptMs = 10 * 60_000;

/** Creates a mark for one event. `userId` records whose mark it is, because another person may sign in. */
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
 * A browser may forbid storage. Then the page does not ask again after a reload, but `claim.mine` still reports a
 * decided claim.
 */
function attempt<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}

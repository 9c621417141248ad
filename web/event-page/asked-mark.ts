/** Remembers in this tab that somebody asked and has no answer yet, so that a reload goes on asking. */
export type AskedMark = {
  set: () => void;
  clear: () => void;
  /** Whether this person asked a short while ago; while nobody knows who it is, whether anybody did. */
  isSet: () => boolean;
};

/** What is older is no wish of now. */
const keptMs = 10 * 60_000;

/** For one event; `userId` says whose it is, for another person may sign in. */
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

/** A browser may forbid storage. Then a reload asks nothing by itself, and `claim.mine` still tells what was decided. */
function attempt<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}

import { useEffect, useSyncExternalStore } from 'react';

/**
 * The address's hash, which names the view. While a form is half filled, a navigation away waits until the admin
 * confirms it.
 */
let current = location.hash;
let waiting: string | null = null;
let guards = 0;
const listeners = new Set<() => void>();

const notify = (): void => listeners.forEach((listener) => listener());
const pathOf = (hash: string): string => hash.split('?')[0] ?? '';

addEventListener('hashchange', () => {
  const wanted = location.hash;
  if (wanted === current) return;
  if (guards > 0 && pathOf(wanted) !== pathOf(current)) {
    waiting = wanted;
    history.replaceState(null, '', current === '' ? '#/' : current);
  } else {
    current = wanted;
  }
  notify();
});

export const currentHash = (): string => current;

export function subscribeToHash(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Goes to another view, even from a half-filled form: for a form that has just been saved. */
export function goTo(hash: string): void {
  waiting = null;
  current = hash;
  location.hash = hash;
  notify();
}

/** Changes the state of the current view, without a new entry for the Back button. */
export function replaceHash(hash: string): void {
  current = hash;
  history.replaceState(null, '', hash);
  notify();
}

/** Asks before a navigation or a closed tab discards what was typed, as long as `isTyped`. */
export function useLeaveGuard(isTyped: boolean): void {
  useEffect(() => {
    if (!isTyped) return;
    const stop = (event: BeforeUnloadEvent): void => event.preventDefault();
    guards += 1;
    addEventListener('beforeunload', stop);
    return () => {
      guards -= 1;
      removeEventListener('beforeunload', stop);
    };
  }, [isTyped]);
}

/** The navigation that waits for the admin's decision, and the two possible decisions. */
export function useWaitingNavigation(): { isWaiting: boolean; leave: () => void; stay: () => void } {
  const hash = useSyncExternalStore(subscribeToHash, () => waiting);
  return {
    isWaiting: hash !== null,
    leave: () => goTo(hash ?? current),
    stay: () => {
      waiting = null;
      notify();
    },
  };
}

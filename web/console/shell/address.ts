import { useEffect, useSyncExternalStore } from 'react';

/**
 * The address's hash, which names the view. While a form has unsaved text, a navigation to another view waits for the
 * admin's confirmation.
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

/** Goes to another view without asking, even if a form has unsaved text. Used after a form was saved, for example. */
export function goTo(hash: string): void {
  waiting = null;
  current = hash;
  location.hash = hash;
  notify();
}

/** Changes the current view's state in the address without adding a history entry. */
export function replaceHash(hash: string): void {
  current = hash;
  history.replaceState(null, '', hash);
  notify();
}

/** While `isTyped`, asks the admin before a navigation or closing the tab discards typed text. */
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

/** Whether a navigation is waiting for the admin's decision, with a function for each of the two decisions. */
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

import { useEffect, useSyncExternalStore } from 'react';

/**
 * The address's hash, which names the view. While a form has unsaved text, a navigation to another view waits for the
 * admin's confirmation.
 */
let current = location.hash;
let waiting: { hash: string; steps: number } | null = null;
let guards = 0;
const listeners = new Set<() => void>();

/**
 * The number of the current history entry. Each entry stores its number in its state, so that a navigation that has to
 * wait can be taken back without adding or replacing an entry.
 */
let place = storedPlace() ?? 0;
history.replaceState({ place }, '');

const notify = (): void => listeners.forEach((listener) => listener());
const pathOf = (hash: string): string => hash.split('?')[0] ?? '';

function storedPlace(): number | null {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'place' in state ? Number(state.place) : null;
}

addEventListener('hashchange', () => {
  const wanted = location.hash;
  if (wanted === current) return;
  // A link adds an entry without a number.
  const reached = storedPlace() ?? place + 1;
  const steps = reached - place;
  history.replaceState({ place: reached }, '');
  if (guards > 0 && pathOf(wanted) !== pathOf(current) && steps !== 0) {
    waiting = { hash: wanted, steps };
    history.go(-steps);
  } else {
    current = wanted;
    place = reached;
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
  if (hash !== current) {
    place += 1;
    history.pushState({ place }, '', hash);
  }
  current = hash;
  notify();
}

/** Repeats the navigation that has waited, without asking. The browser still has the entry to which it led. */
function leave(): void {
  if (waiting === null) return;
  const { hash, steps } = waiting;
  waiting = null;
  current = hash;
  place += steps;
  history.go(steps);
  notify();
}

/** Changes the current view's state in the address without adding a history entry. */
export function replaceHash(hash: string): void {
  current = hash;
  history.replaceState({ place }, '', hash);
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
  const isWaiting = useSyncExternalStore(subscribeToHash, () => waiting !== null);
  return {
    isWaiting,
    leave,
    stay: () => {
      waiting = null;
      notify();
    },
  };
}

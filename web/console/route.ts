import { useSyncExternalStore } from 'react';

/**
 * The current place in the console, such as `#/events/<id>/edit`. The route is in the hash, so the server needs only
 * one file for the whole console.
 */
export type Route =
  | { view: 'events' | 'create' | 'audit' | 'exports' }
  | { view: 'event' | 'edit' | 'reconcile' | 'claims'; eventId: string };

export function readRoute(hash: string): Route {
  const [first, eventId, last] = hash.replace(/^#\/?/, '').split('/');
  if (first === 'create' || first === 'audit' || first === 'exports') return { view: first };
  if (first === 'events' && eventId !== undefined && eventId !== '') {
    const view = last === 'edit' || last === 'reconcile' || last === 'claims' ? last : 'event';
    return { view, eventId: decodeURIComponent(eventId) };
  }
  return { view: 'events' };
}

const subscribe = (listener: () => void): (() => void) => {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
};

export const useHash = (): string => useSyncExternalStore(subscribe, () => location.hash);

export const useRoute = (): Route => readRoute(useHash());

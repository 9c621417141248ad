import { useCallback, useSyncExternalStore } from 'react';
import { currentHash, replaceHash, subscribeToHash } from './address.ts';

/**
 * A place in the console, such as `#/events/<id>/edit`. It is in the address's hash, so the server serves the whole
 * console from one file. A query after the path contains the view's filters, as in `#/audit?actor=kim`.
 */
export type Route =
  | { view: 'events' | 'calendar' | 'create' | 'approvals' | 'audit' | 'exports' | 'keys' | 'people' }
  | { view: 'event' | 'report' | 'edit' | 'reconcile' | 'claims'; eventId: string };

const pathOf = (hash: string): string => hash.replace(/^#\/?/, '').split('?')[0] ?? '';

export function readRoute(hash: string): Route {
  const [first, eventId, last] = pathOf(hash).split('/');
  if (first === 'create' || first === 'audit' || first === 'exports') return { view: first };
  if (first === 'approvals' || first === 'calendar' || first === 'keys' || first === 'people') return { view: first };
  if (first === 'events' && eventId !== undefined && eventId !== '') {
    const view = last === 'report' || last === 'edit' || last === 'reconcile' || last === 'claims' ? last : 'event';
    return { view, eventId: decodeURIComponent(eventId) };
  }
  return { view: 'events' };
}

/** Returns a route's address, for links. `state` is the view's state; the address leaves out empty values. */
export function hashOf(route: Route, state: Record<string, string> = {}): string {
  const query = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== '')).toString();
  return `#/${pathTo(route)}${query === '' ? '' : `?${query}`}`;
}

function pathTo(route: Route): string {
  switch (route.view) {
    case 'events':
      return '';
    case 'create':
    case 'calendar':
    case 'approvals':
    case 'keys':
    case 'audit':
    case 'exports':
    case 'people':
      return route.view;
    case 'event':
      return `events/${encodeURIComponent(route.eventId)}`;
    case 'report':
    case 'edit':
    case 'reconcile':
    case 'claims':
      return `events/${encodeURIComponent(route.eventId)}/${route.view}`;
  }
}

/** The path of the current view, without its state. */
export const usePath = (): string => useSyncExternalStore(subscribeToHash, () => pathOf(currentHash()));

export const useRoute = (): Route => readRoute(`#/${usePath()}`);

/**
 * Keeps a view's state in the address, so that a link, a reload and the Back button restore it. The address leaves out
 * values that equal their defaults.
 */
export function useViewState<State extends Record<string, string>>(
  defaults: State,
): [State, (change: Partial<State>) => void] {
  const query = useSyncExternalStore(subscribeToHash, () => currentHash().split('?')[1] ?? '');
  const state = stateIn(query, defaults);
  const change = useCallback(
    (changed: Partial<State>) => {
      const [path = '#/', held = ''] = currentHash().split('?');
      const next = { ...stateIn(held, defaults), ...changed };
      const kept = Object.entries(next).filter(([name, value]) => value !== defaults[name]);
      const text = new URLSearchParams(kept).toString();
      replaceHash(text === '' ? path : `${path === '' ? '#/' : path}?${text}`);
    },
    // Each view passes constant defaults.
    [],
  );
  return [state, change];
}

function stateIn<State extends Record<string, string>>(query: string, defaults: State): State {
  const given = new URLSearchParams(query);
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, given.get(name) ?? value])) as State;
}

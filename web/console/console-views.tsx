import { useEffect, useRef } from 'react';
import { AuditView } from './audit-view.tsx';
import { ClaimsView } from './claims-view.tsx';
import { useConsole } from './console-context.ts';
import { CreateEvent, EditEvent } from './event-form.tsx';
import { EventList } from './event-list.tsx';
import { EventView } from './event-view.tsx';
import { ExportsView } from './exports-view.tsx';
import { ReconcileView } from './reconcile-view.tsx';
import { useHash, useRoute, type Route } from './route.ts';
import { mayDo } from './session.ts';

/** Views for actions that viewers may not take. */
const forOperators = new Set<Route['view']>(['create', 'edit', 'reconcile']);

/** Shows the view that the address names. */
export function ConsoleViews() {
  const route = useRoute();
  const hash = useHash();
  const shown = useRef(hash);
  useEffect(() => {
    if (shown.current === hash) return;
    shown.current = hash;
    // The followed link may have disappeared. Move the focus to the new view, so that keyboard and screen-reader users
    // continue there.
    document.getElementById('main')?.focus();
    scrollTo(0, 0);
  }, [hash]);
  const { signed, words } = useConsole();
  if (forOperators.has(route.view) && !mayDo(signed.role, 'operator')) {
    return <p role="alert">{words.forOperators}</p>;
  }
  switch (route.view) {
    case 'events':
      return <EventList />;
    case 'create':
      return <CreateEvent />;
    case 'audit':
      return <AuditView />;
    case 'exports':
      return <ExportsView />;
    case 'event':
      return <EventView key={route.eventId} eventId={route.eventId} />;
    case 'edit':
      return <EditEvent key={route.eventId} eventId={route.eventId} />;
    case 'reconcile':
      return <ReconcileView key={route.eventId} eventId={route.eventId} />;
    case 'claims':
      return <ClaimsView key={route.eventId} eventId={route.eventId} />;
  }
}

import { useEffect, useRef } from 'react';
import { KeysView } from '../access/keys-view.tsx';
import { AuditView } from '../audit/audit-view.tsx';
import { ApprovalsView } from '../events/approvals-view.tsx';
import { CalendarView } from '../events/calendar-view.tsx';
import { EventList } from '../events/event-list.tsx';
import { CreateEvent, EditEvent } from '../forms/event-form.tsx';
import { ExportsView } from '../operations/exports-view.tsx';
import { ReconcileView } from '../operations/reconcile-view.tsx';
import { Notice } from '../parts/notice.tsx';
import { ClaimsView } from '../people/claims-view.tsx';
import { ReportView } from '../report/report-view.tsx';
import { PersonView } from '../people/person-view.tsx';
import { SaleView } from '../sale/sale-view.tsx';
import { useConsole } from './console-context.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { usePath, useRoute, type Route } from './route.ts';
import { mayDo } from './session.ts';

/** Views whose actions need the operator role. */
const forOperators = new Set<Route['view']>(['create', 'edit', 'reconcile']);

/** Shows the view that the address names. */
export function Views() {
  const route = useRoute();
  const path = usePath();
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    // The link that the reader followed may have disappeared. Move the focus to the new view, so that keyboard and
    // screen-reader users continue there.
    document.getElementById('main')?.focus();
    scrollTo(0, 0);
  }, [path]);
  const { signed, words } = useConsole();
  if (forOperators.has(route.view) && !mayDo(signed.role, 'operator')) {
    return <Notice kind="trouble">{words.shell.forOperators}</Notice>;
  }
  if (route.view === 'keys' && !mayDo(signed.role, 'admin')) {
    return <Notice kind="trouble">{words.access.forAdmins}</Notice>;
  }
  return (
    <ErrorBoundary key={path} words={words}>
      <View route={route} />
    </ErrorBoundary>
  );
}

function View({ route }: { route: Route }) {
  switch (route.view) {
    case 'events':
      return <EventList />;
    case 'create':
      return <CreateEvent />;
    case 'calendar':
      return <CalendarView />;
    case 'approvals':
      return <ApprovalsView />;
    case 'keys':
      return <KeysView />;
    case 'audit':
      return <AuditView />;
    case 'people':
      return <PersonView />;
    case 'exports':
      return <ExportsView />;
    case 'event':
      return <SaleView eventId={route.eventId} />;
    case 'report':
      return <ReportView eventId={route.eventId} />;
    case 'edit':
      return <EditEvent eventId={route.eventId} />;
    case 'reconcile':
      return <ReconcileView eventId={route.eventId} />;
    case 'claims':
      return <ClaimsView eventId={route.eventId} />;
  }
}

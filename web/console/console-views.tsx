import { AuditView } from './audit-view.tsx';
import { ClaimDesk } from './claim-desk.tsx';
import { CreateEvent, EditEvent } from './event-form.tsx';
import { EventList } from './event-list.tsx';
import { EventView } from './event-view.tsx';
import { ExportsView } from './exports-view.tsx';
import { ReconcileView } from './reconcile-view.tsx';
import { useRoute } from './route.ts';

/** The view that the address names. */
export function ConsoleViews() {
  const route = useRoute();
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
      return <ClaimDesk key={route.eventId} eventId={route.eventId} />;
  }
}

import type { EventView } from '../shared/client.ts';
import { usePage } from '../shared/page-context.ts';
import { calendarFile } from './calendar.ts';
import { pageUrl } from './place.ts';
import { Share } from './share.tsx';

/** Buttons that share the event and add it to a calendar. */
export function EventTools({ event, withCalendar }: { event: EventView; withCalendar: boolean }) {
  const { messages } = usePage();
  return (
    <div className="tools">
      <Share title={event.name} />
      {withCalendar ? (
        <button
          type="button"
          className="quiet"
          name="calendar"
          onClick={() => download(event, messages.share.calendarNote)}
        >
          {messages.share.calendar}
        </button>
      ) : (
        <a className="quiet" href="/mine">
          {messages.nav.mine}
        </a>
      )}
    </div>
  );
}

/** Creates the calendar file in the page, without asking the server. */
function download(event: EventView, note: string): void {
  const text = calendarFile({ event, url: pageUrl(), note, nowMs: Date.now() });
  const href = URL.createObjectURL(new Blob([text], { type: 'text/calendar;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = href;
  link.download = 'event.ics';
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

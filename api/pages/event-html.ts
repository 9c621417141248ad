import { rememberBriefly, type Loaded } from '../../core/runtime/briefly.ts';
import type { Events } from '../../core/views/public-events.ts';
import { htmlFile, type WebFile } from './web-files.ts';

/**
 * How long a process keeps an event's page. A CDN may keep it for a minute more, so visitors see a change of the
 * event's texts after at most about a minute.
 */
const holdMs = 10_000;
/**
 * How long a process keeps a page without the event's details. This is shorter, because an unknown event may be
 * created, or an unavailable store recover, at any moment.
 */
const failureHoldMs = 500;
/**
 * How long to wait for the event's details. After this time, the page is sent without the details, and the page's
 * script fetches them.
 */
const patienceMs = 400;

/**
 * Returns an event's page, with the event's details in its `<head>`, or null if the details are not available now.
 * Never throws.
 */
export type EventHtml = (eventId: string) => Promise<WebFile | null>;

/**
 * Caches the pages of events for a few seconds, however many visitors ask. The event's details come from the answer
 * that `event.get` has in memory, so page views cost no store access.
 */
export function createEventHtml(
  events: Pick<Events, 'get'>,
  render: (event: Awaited<ReturnType<Events['get']>>) => string,
): EventHtml {
  const load = async (eventId: string): Promise<WebFile> => htmlFile(render(await events.get(eventId)));
  const hold = (loaded: Loaded<unknown>): number => ('value' in loaded ? holdMs : failureHoldMs);
  const page = rememberBriefly(load, { holdMs: hold, keysMax: 1_000 });
  return async (eventId) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), patienceMs);
    });
    try {
      return await Promise.race([page(eventId).catch(() => null), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

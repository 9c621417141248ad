import { rememberBriefly, type Loaded } from '../../core/runtime/briefly.ts';
import type { Events } from '../../core/views/public-events.ts';
import { htmlFile, type WebFile } from './web-files.ts';

/** How long a process keeps an event's page. With a CDN's minute, a change of its texts is seen within about a minute. */
const holdMs = 10_000;
/** Events that are not known may be created at any moment, and stores that are silent may come back. */
const failureHoldMs = 500;
/** A page that is late is of no use; the script of the plain one finds out everything by itself. */
const patienceMs = 400;

/** Gives the page of an event with what its head says of it; null where that can't be told now. Never throws. */
export type EventHtml = (eventId: string) => Promise<WebFile | null>;

/**
 * The pages of events, kept for some seconds, however many ask. What the event is comes from the answer that `event.get` has in
 * memory, so that views cost no store anything.
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

import { useQueryClient } from '@tanstack/react-query';
import type { NameOfEvent } from '../messages/show.ts';

/** Returns the names of the events that the console has read, for use in messages. */
export function useEventNames(): NameOfEvent {
  const queries = useQueryClient();
  return (eventId) => {
    for (const [, data] of queries.getQueriesData({})) {
      const found = nameIn(data, eventId);
      if (found !== null) return found;
    }
    return null;
  };
}

/** Searches an answer for the event. The answer may be an event, a page of events, or several pages. */
function nameIn(data: unknown, eventId: string): string | null {
  if (Array.isArray(data)) {
    for (const each of data) {
      const found = nameIn(each, eventId);
      if (found !== null) return found;
    }
    return null;
  }
  if (typeof data !== 'object' || data === null) return null;
  if ('id' in data && data.id === eventId && 'name' in data && typeof data.name === 'string') return data.name;
  if ('pages' in data) return nameIn(data.pages, eventId);
  return 'events' in data ? nameIn(data.events, eventId) : null;
}

import { batchCallsMax } from './http-limits.ts';

const start = '/trpc/event.get';
const url = new RegExp(
  String.raw`^/trpc/(event\.get(?:,event\.get){0,${batchCallsMax - 1}})\?batch=1&input=%7B([A-Za-z0-9_%-]+)%7D$`,
);
const input = /^%22(\d)%22%3A%7B%22eventId%22%3A%22([A-Za-z0-9_-]{1,64})%22%7D$/;

/**
 * Returns the ids, in order, of a batch that contains only `event.get` calls, if its URL is spelled as tRPC's client
 * spells it; null for any other URL.
 */
export function eventIdsOfBatch(sent: string): string[] | null {
  if (!sent.startsWith(start)) return null;
  const [, paths = '', inputs = ''] = url.exec(sent) ?? [];
  const eventIds: string[] = [];
  for (const text of inputs.split('%2C')) {
    const [, at, eventId] = input.exec(text) ?? [];
    if (eventId === undefined || at !== String(eventIds.length)) return null;
    eventIds.push(eventId);
  }
  return eventIds.length === paths.split(',').length ? eventIds : null;
}

export type Place = { page: 'list' } | { page: 'mine' } | { page: 'event'; eventId: string };

export function readPlace(path: string): Place {
  const [, eventId] = /^\/e\/([A-Za-z0-9_-]{1,64})\/?$/.exec(path) ?? [];
  if (eventId !== undefined) return { page: 'event', eventId };
  return path === '/mine' ? { page: 'mine' } : { page: 'list' };
}

/** The address of an event's page. If this page is in a frame, the address of the framed version. */
export const eventHref = (eventId: string, search = location.search): string =>
  `/e/${eventId}${new URLSearchParams(search).get('embed') === '1' ? '?embed=1' : ''}`;

/** The page's address without `?embed=1`, for sharing. */
export const pageUrl = (): string => `${location.origin}${location.pathname}`;

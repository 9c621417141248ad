/** Which page a path shows. All of them are the same HTML. */
export type Place = { page: 'list' } | { page: 'mine' } | { page: 'event'; eventId: string };

export function readPlace(path: string): Place {
  const [, eventId] = /^\/e\/([A-Za-z0-9_-]{1,64})\/?$/.exec(path) ?? [];
  if (eventId !== undefined) return { page: 'event', eventId };
  return path === '/mine' ? { page: 'mine' } : { page: 'list' };
}

import type { IncomingMessage } from 'node:http';

/**
 * Every resource has one path with one spelling. A proxy in front of the API may have rules about paths, such as "no
 * `/trpc/admin.*` from outside". A spelling that the proxy does not recognize would bypass such rules.
 */

const segment = String.raw`(?!\.{1,2}(?:/|$))[A-Za-z0-9._~,-]+`;
const plain = new RegExp(`^/(?:${segment}(?:/${segment})*/?)?$`);
/** Bull Board's own paths contain queue names, which need escapes. */
const ofQueueBoard = /^(?!.*(?:\\|\/\/|\/\.{1,2}(?:\/|$)))\/admin\/queues\//;
const ofProcedures = /^\/trpc\/[A-Za-z.,]+$/;

/** Whether `path`, without its query, has the single spelling that we serve. */
export function isPlainPath(path: string): boolean {
  if (path === '/trpc' || path.startsWith('/trpc/')) return ofProcedures.test(path);
  return plain.test(path) || ofQueueBoard.test(path);
}

/** Returns a request's path as it was sent, without the query. */
export const sentPath = ({ url = '' }: Pick<IncomingMessage, 'url'>): string => url.split('?', 1)[0] ?? '';

/**
 * Whose procedures a path calls. `mixed` is a batch with admin calls and public calls, which could carry admin calls
 * past a proxy rule for public calls.
 */
export function calledBy(path: string): 'everybody' | 'admins' | 'mixed' {
  const calls = path.slice('/trpc/'.length).split(',');
  const admins = calls.filter((call) => call === 'admin' || call.startsWith('admin.')).length;
  if (admins === 0) return 'everybody';
  return admins === calls.length ? 'admins' : 'mixed';
}

/** Whether a path calls a public procedure. If so, a whole crowd may be calling it. */
export const isOfCrowd = (path: string): boolean =>
  path.startsWith('/trpc/')
    ? calledBy(path) !== 'admins'
    : path.startsWith('/api/v1/') && !path.startsWith('/api/v1/admin/');

/** Whether a path belongs to the admin pages. */
export const isAdminPath = (path: string): boolean => path === '/admin' || path.startsWith('/admin/');

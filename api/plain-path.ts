import type { IncomingMessage } from 'node:http';

/**
 * Everything here has one path, spelled one way. A proxy in front of us has rules about paths, such as "no `/trpc/admin.*`
 * from outside". A spelling that we understood and the proxy did not would bypass them.
 */

const segment = String.raw`(?!\.{1,2}(?:/|$))[A-Za-z0-9._~,-]+`;
const plain = new RegExp(`^/(?:${segment}(?:/${segment})*/?)?$`);
/** Bull Board's own paths hold names of queues, which need escapes. */
const ofQueueBoard = /^(?!.*(?:\\|\/\/|\/\.{1,2}(?:\/|$)))\/admin\/queues\//;
const ofProcedures = /^\/trpc\/[A-Za-z.,]+$/;

/** Whether `path`, without its query, has the one spelling that we serve. */
export function isPlainPath(path: string): boolean {
  if (path === '/trpc' || path.startsWith('/trpc/')) return ofProcedures.test(path);
  return plain.test(path) || ofQueueBoard.test(path);
}

/** The path of a request as it was sent, without the query. */
export const sentPath = ({ url = '' }: Pick<IncomingMessage, 'url'>): string => url.split('?', 1)[0] ?? '';

/** Whose procedures a path calls: a batch that is `mixed` would carry admins' calls past a rule for everybody's. */
export function calledBy(path: string): 'everybody' | 'admins' | 'mixed' {
  const calls = path.slice('/trpc/'.length).split(',');
  const admins = calls.filter((call) => call === 'admin' || call.startsWith('admin.')).length;
  if (admins === 0) return 'everybody';
  return admins === calls.length ? 'admins' : 'mixed';
}

/** Whether a path calls what everybody may call, so that a crowd may be behind it. */
export const isOfCrowd = (path: string): boolean =>
  path.startsWith('/trpc/')
    ? calledBy(path) !== 'admins'
    : path.startsWith('/api/v1/') && !path.startsWith('/api/v1/admin/');

/** Whether a path belongs to the admin pages. */
export const isAdminPath = (path: string): boolean => path === '/admin' || path.startsWith('/admin/');

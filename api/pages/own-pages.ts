import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether the request comes from one of our pages, from no page at all, or from a client that isn't a browser. Browsers
 * report where a request comes from.
 */
export function isFromOurPages({ 'sec-fetch-site': site, origin, host }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === undefined || hostOf(origin) === host;
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);

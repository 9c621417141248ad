import type { Theme } from '../../core/events/theme.ts';

/** What an operator sets of the pages. */
export type PagePolicy = {
  /** URL of the script that sets `window.firstcome`; null for none. */
  identityScript: string | null;
  /** Origins that this script may call, besides the pages' own. */
  connectOrigins: readonly string[];
  /** Origins whose pages may show ours in a frame; none for nobody. */
  frameAncestors: readonly string[];
  /** Origins that pictures may come from, besides the pages' own; null for any that speaks https. */
  imageOrigins: readonly string[] | null;
  /** The look of all pages; an event may have its own. */
  theme: Theme;
};

/** Events may have pictures on this machine, for trying things out. */
const anyImage = ['https:', 'http://localhost:*', 'http://127.0.0.1:*'];

/** Security headers of every page, as names and values in turns. Nothing inline, no script from elsewhere, no frames. */
export function pageHeaders(policy: Omit<PagePolicy, 'theme'>): string[] {
  const { identityScript, connectOrigins, frameAncestors, imageOrigins } = policy;
  const isElsewhere = identityScript !== null && !identityScript.startsWith('/');
  const directives = [
    `default-src 'none'`,
    // A source is matched without its query, and may not have one.
    `script-src 'self'${isElsewhere ? ` ${identityScript.split(/[?#]/)[0] ?? ''}` : ''}`,
    `style-src 'self'`,
    `img-src ${["'self'", 'data:', ...(imageOrigins ?? anyImage)].join(' ')}`,
    `font-src 'self'`,
    `connect-src ${["'self'", ...connectOrigins].join(' ')}`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors ${frameAncestors.length === 0 ? "'none'" : frameAncestors.join(' ')}`,
  ];
  return [
    ...['content-security-policy', directives.join('; ')],
    ...['x-content-type-options', 'nosniff'],
    ...['referrer-policy', 'same-origin'],
    ...(frameAncestors.length === 0 ? ['x-frame-options', 'DENY'] : []),
    ...(frameAncestors.length === 0 ? ['cross-origin-opener-policy', 'same-origin'] : []),
  ];
}

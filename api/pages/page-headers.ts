import type { Theme } from '../../core/events/theme.ts';

/** The operator's settings for the pages. */
export type PagePolicy = {
  /** URL of the script that sets `window.firstcome`; null for no script. */
  identityScript: string | null;
  /** Origins that this script may call, besides the origin of the pages. */
  connectOrigins: readonly string[];
  /** Origins whose pages may show ours in a frame; an empty list allows no site. */
  frameAncestors: readonly string[];
  /** Origins that images may come from, besides the origin of the pages; null if any https origin may. */
  imageOrigins: readonly string[] | null;
  /** The theme of all pages; an event may have its own. */
  theme: Theme;
};

/** Allows event images from this machine, so that people can try the system locally. */
const anyImage = ['https:', 'http://localhost:*', 'http://127.0.0.1:*'];

/**
 * The security headers of every page, as alternating names and values. They forbid inline code, scripts from other
 * sites, and frames. `extra` allows what one page needs: style elements with a nonce, and frames of our own pages.
 */
export function pageHeaders(
  policy: Omit<PagePolicy, 'theme'>,
  extra: { styleNonce?: string; ownFrames?: boolean } = {},
): string[] {
  const { styleNonce, ownFrames = false } = extra;
  const { identityScript, connectOrigins, frameAncestors, imageOrigins } = policy;
  const isElsewhere = identityScript !== null && !identityScript.startsWith('/');
  const directives = [
    `default-src 'none'`,
    // Browsers match a policy source without its query, and a source must not contain a query.
    `script-src 'self'${isElsewhere ? ` ${identityScript.split(/[?#]/)[0] ?? ''}` : ''}`,
    `style-src 'self'${styleNonce === undefined ? '' : ` 'nonce-${styleNonce}'`}`,
    `img-src ${["'self'", 'data:', ...(imageOrigins ?? anyImage)].join(' ')}`,
    `font-src 'self'`,
    `connect-src ${["'self'", ...connectOrigins].join(' ')}`,
    ...(ownFrames ? [`frame-src 'self'`] : []),
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

/** What an operator sets of the pages. */
export type PagePolicy = {
  /** URL of the script that sets `window.firstcome`; null for none. */
  identityScript: string | null;
  /** Origins that this script may call, besides the pages' own. */
  connectOrigins: readonly string[];
  /** Origins whose pages may show ours in a frame; none for nobody. */
  frameAncestors: readonly string[];
};

/** Security headers of every page, as names and values in turns. Nothing inline, nothing from elsewhere, no frames. */
export function pageHeaders({ identityScript, connectOrigins, frameAncestors }: PagePolicy): string[] {
  const isElsewhere = identityScript !== null && !identityScript.startsWith('/');
  const directives = [
    `default-src 'none'`,
    `script-src 'self'${isElsewhere ? ` ${identityScript}` : ''}`,
    `style-src 'self'`,
    `img-src 'self' data:`,
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

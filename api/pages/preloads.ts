/**
 * Returns a `Link` header that names what a page needs first: its scripts, its styles, and the answer that the page's
 * `<head>` preloads. A browser that reads the header need not parse the page before it requests these, and a CDN can
 * send the header ahead of the page (103 Early Hints). Returns undefined if the page needs nothing.
 */
export function preloadsOf(html: string): string | undefined {
  const links = [...html.matchAll(/<(?:script|link)\b[^>]*>/g)].flatMap(([tag]) => preloadOf(tag) ?? []);
  return links.length === 0 ? undefined : links.join(', ');
}

function preloadOf(tag: string): string | null {
  const url = /\b(?:src|href)="([^"]*)"/.exec(tag)?.[1];
  const rel = relOf(tag);
  // Skip an address with a character that HTML or the header would have to escape. The page itself also names the
  // address.
  if (url === undefined || rel === null || /[&<>,;\s]/.test(url)) return null;
  // The browser uses a preload only if its mode is the same as the mode of the request that it replaces.
  return `<${url}>; ${rel}${/\bcrossorigin\b/.test(tag) ? '; crossorigin' : ''}`;
}

function relOf(tag: string): string | null {
  if (tag.startsWith('<script')) return tag.includes('type="module"') ? 'rel=modulepreload' : 'rel=preload; as=script';
  if (tag.includes('rel="stylesheet"')) return 'rel=preload; as=style';
  return tag.includes('rel="preload" as="fetch"') ? 'rel=preload; as=fetch' : null;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pageHeaders, type PagePolicy } from './page-headers.ts';
import { chooseEncoding, htmlFile, type WebFile, type WebFiles } from './web-files.ts';

/** Which HTML file a path shows. The same file for every event: what differs comes over tRPC. */
const pages: readonly { file: string; path: RegExp; forAdmins: boolean }[] = [
  { file: 'index.html', path: /^\/(mine|e\/[A-Za-z0-9_-]{1,64})?\/?$/, forAdmins: false },
  // Where in the console one is stands behind the hash.
  { file: 'admin.html', path: /^\/admin$/, forAdmins: true },
];

/** A CDN may answer for a minute, and while it asks again for ten more. */
const htmlCaching = 'public, max-age=60, stale-while-revalidate=600';
const consoleCaching = 'no-cache';
/** The site's own script, and the site's frames, have no business where an admin's token is. */
const consolePolicy: PagePolicy = { identityScript: null, connectOrigins: [], frameAncestors: [] };
/** An asset's name changes with its content. */
const assetCaching = 'public, max-age=31536000, immutable';

export type WebPagesOptions = {
  /** Null where the pages are not built. */
  files: WebFiles | null;
  policy: PagePolicy;
  /** Whether visitors are made up: the pages then bring their own identity. */
  demo: boolean;
};

/** Answers a request for a page or one of its files; false, and nothing touched, for any other. */
export type WebPages = (req: IncomingMessage, res: ServerResponse) => boolean;

/** The pages and their assets, from memory: no store is asked, and no disk. */
export function createWebPages({ files, policy, demo }: WebPagesOptions): WebPages {
  const identityScript = policy.identityScript ?? (demo ? demoIdentity : null);
  const userHeaders = [...pageHeaders(policy), 'cache-control', htmlCaching];
  const adminHeaders = [...pageHeaders(consolePolicy), 'cache-control', consoleCaching];
  const html = new Map<string, { page: WebFile; headers: string[] }>();
  for (const { file, forAdmins } of pages) {
    const built = files?.get(file)?.bytes.identity.toString();
    if (built === undefined) continue;
    const page = htmlFile(withIdentity(built, forAdmins ? null : identityScript));
    html.set(file, { page, headers: forAdmins ? adminHeaders : userHeaders });
  }
  return (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return false;
    const [path = ''] = (req.url ?? '').split('?');
    const found = html.get(pages.find((each) => each.path.test(path))?.file ?? '');
    if (found !== undefined) {
      send(req, res, found.page, found.headers);
      return true;
    }
    const asset =
      path.startsWith('/assets/') || (demo && path === demoIdentity) ? files?.get(path.slice(1)) : undefined;
    if (asset === undefined) return false;
    const caching = path === demoIdentity ? 'no-cache' : assetCaching;
    send(req, res, asset, ['x-content-type-options', 'nosniff', 'cache-control', caching]);
    return true;
  };
}

/** Whether a path would be a page if the pages were built. */
export const isPagePath = (path: string): boolean => pages.some((each) => each.path.test(path));

const demoIdentity = '/demo/identity.js';

/** The script that says who the user is comes before ours; both wait until the page is read, and run in this order. */
function withIdentity(html: string, script: string | null): string {
  if (script === null) return html;
  const source = script.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return html.replace('<script type="module"', `<script defer src="${source}"></script>\n    <script type="module"`);
}

function send(req: IncomingMessage, res: ServerResponse, file: WebFile, headers: string[]): void {
  const encoding = chooseEncoding(file, String(req.headers['accept-encoding'] ?? ''));
  const bytes = file.bytes[encoding] ?? file.bytes.identity;
  const etag = `"${file.etag}-${encoding}"`;
  const all = [...headers, 'vary', 'accept-encoding', 'etag', etag];
  if (matches(req.headers['if-none-match'], etag)) {
    res.writeHead(304, all).end();
    return;
  }
  all.push('content-type', file.contentType, 'content-length', String(bytes.length));
  if (encoding !== 'identity') all.push('content-encoding', encoding);
  res.writeHead(200, all).end(req.method === 'HEAD' ? undefined : bytes);
}

/** A proxy on the way may have weakened it. */
const matches = (sent: string | undefined, etag: string): boolean =>
  sent?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag) ?? false;

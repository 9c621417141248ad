import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Events } from '../../core/views/public-events.ts';
import { createEventHtml } from './event-html.ts';
import { escaped, withHead } from './page-head.ts';
import { createConsolePage } from './console-page.ts';
import { pageHeaders, type PagePolicy } from './page-headers.ts';
import { chooseEncoding, htmlFile, type WebFile, type WebFiles } from './web-files.ts';

/** Which HTML file a path shows. */
const pages: readonly { file: string; path: RegExp; forAdmins: boolean }[] = [
  { file: 'index.html', path: /^\/(mine|e\/[A-Za-z0-9_-]{1,64})?\/?$/, forAdmins: false },
  // The console keeps its current view in the URL's fragment.
  { file: 'admin.html', path: /^\/admin$/, forAdmins: true },
  // The console shows an event's page in a frame while somebody fills its form.
  { file: 'preview.html', path: /^\/admin\/preview$/, forAdmins: true },
];
const eventPath = /^\/e\/([A-Za-z0-9_-]{1,64})\/?$/;

/** A CDN may reuse an answer for a minute, and for another ten minutes while it fetches a new one. */
const htmlCaching = 'public, max-age=60, stale-while-revalidate=600';
/**
 * The caching of an event's page without the event's details. The time is short, because the event may be created, or
 * the store may recover, at any moment.
 */
const plainCaching = 'public, max-age=1';
/** The caching of an asset. An asset's name changes with its content. */
const assetCaching = 'public, max-age=31536000, immutable';
/** Files that other sites load, under a fixed name. */
const embedCaching = 'public, max-age=300';

export type WebPagesOptions = {
  /** Null if the pages were not built. */
  files: WebFiles | null;
  policy: PagePolicy;
  /** Whether the visitors are invented. If so, the pages bring their own identity script. */
  demo: boolean;
  /** Where admins sign in to get a token. If absent, the console has no link to it. */
  loginUrl?: string | null;
  /** If absent, every event has the same page. */
  events?: Pick<Events, 'get'> | undefined;
};

/** Answers a request for a page or one of its files. Returns false for any other request, and leaves it untouched. */
export type WebPages = (req: IncomingMessage, res: ServerResponse) => boolean;

/**
 * Serves the pages and their assets from memory. Requests never read the disk, and reach a store only through the
 * answer that `event.get` caches.
 */
export function createWebPages({ files, policy, demo, events, loginUrl = null }: WebPagesOptions): WebPages {
  const identityScript = policy.identityScript ?? (demo ? demoIdentity : null);
  const plainHeaders = pageHeaders(policy);
  const built = (file: string, script: string | null): string | undefined => {
    const html = files?.get(file)?.bytes.identity.toString();
    return html === undefined ? undefined : withIdentity(html, script);
  };
  const forUsers = built('index.html', identityScript);
  const adminPage = createConsolePage(files?.get('admin.html')?.bytes.identity.toString(), loginUrl);
  const preview = files?.get('preview.html')?.bytes.identity.toString();
  const previewPage = preview === undefined ? undefined : htmlFile(withHead(preview, policy));
  const previewHeaders = pageHeaders({ ...policy, ...forPreview });
  const userPage = forUsers === undefined ? undefined : htmlFile(withHead(forUsers, policy));
  const eventHtml =
    events && forUsers !== undefined
      ? createEventHtml(events, (event) => withHead(forUsers, policy, event))
      : () => Promise.resolve(null);

  const sendEvent = async (req: IncomingMessage, res: ServerResponse, eventId: string, plain: WebFile) => {
    const page = await eventHtml(eventId);
    if (res.destroyed) return;
    send(req, res, page ?? plain, [...plainHeaders, 'cache-control', page === null ? plainCaching : htmlCaching]);
  };
  return (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return false;
    const [path = ''] = (req.url ?? '').split('?');
    const found = pages.find((each) => each.path.test(path));
    if (found?.file === 'preview.html' && previewPage !== undefined) {
      send(req, res, previewPage, [...previewHeaders, 'cache-control', 'no-cache']);
      return true;
    }
    if (found?.file === 'admin.html' && adminPage !== null) {
      adminPage(req, res);
      return true;
    }
    if (found?.forAdmins === false && userPage !== undefined) {
      const eventId = eventPath.exec(path)?.[1];
      if (eventId === undefined) send(req, res, userPage, [...plainHeaders, 'cache-control', htmlCaching]);
      else void sendEvent(req, res, eventId, userPage);
      return true;
    }
    const asset = assetAt(path, { files, demo });
    if (asset === null) return false;
    send(req, res, asset.file, ['x-content-type-options', 'nosniff', ...asset.headers]);
    return true;
  };
}

/** Whether a path would be a page if the pages were built. */
export const isPagePath = (path: string): boolean => pages.some((each) => each.path.test(path));

/** The preview runs no script of the shop, calls nothing, and is shown only by the console. */
const forPreview = { identityScript: null, connectOrigins: [], frameAncestors: ["'self'"] };

const demoIdentity = '/demo/identity.js';
const embedScript = '/embed.js';
const serviceWorker = '/sw.js';

function assetAt(path: string, { files, demo }: Pick<WebPagesOptions, 'files' | 'demo'>) {
  const file = files?.get(path.slice(1));
  if (file === undefined) return null;
  if (path.startsWith('/assets/')) return { file, headers: ['cache-control', assetCaching] };
  if (path === serviceWorker || (path === demoIdentity && demo))
    return { file, headers: ['cache-control', 'no-cache'] };
  if (path !== embedScript) return null;
  return { file, headers: ['cache-control', embedCaching, 'cross-origin-resource-policy', 'cross-origin'] };
}

/** The identity script comes before ours. Both run, in this order, after the browser has parsed the page. */
const withIdentity = (html: string, script: string | null): string =>
  script === null
    ? html
    : html.replace(
        '<script type="module"',
        () => `<script defer src="${escaped(script)}"></script>\n    <script type="module"`,
      );

function send(req: IncomingMessage, res: ServerResponse, file: WebFile, headers: string[]): void {
  const encoding = chooseEncoding(file, String(req.headers['accept-encoding'] ?? ''));
  const bytes = file.bytes[encoding] ?? file.bytes.identity;
  const etag = `"${file.etag}-${encoding}"`;
  const all = [...headers, 'vary', 'accept-encoding', 'etag', etag];
  if (file.link !== undefined) all.push('link', file.link);
  if (matches(req.headers['if-none-match'], etag)) {
    res.writeHead(304, all).end();
    return;
  }
  all.push('content-type', file.contentType, 'content-length', String(bytes.length));
  if (encoding !== 'identity') all.push('content-encoding', encoding);
  res.writeHead(200, all).end(req.method === 'HEAD' ? undefined : bytes);
}

/** An intermediate proxy may have turned the ETag into a weak one. */
const matches = (sent: string | undefined, etag: string): boolean =>
  sent?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag) ?? false;

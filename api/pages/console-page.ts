import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { escaped } from './page-head.ts';
import { pageHeaders } from './page-headers.ts';

/** The site's own script, images and frames must not run on a page with an admin's token. */
const policy = { identityScript: null, connectOrigins: [], frameAncestors: [], imageOrigins: [] };

/** Stands in `admin.html` where the nonce belongs. */
const noncePlace = 'STYLE_NONCE';
/** Stands in `admin.html` where the address of the sign-in belongs. */
const loginPlace = 'LOGIN_URL';

/**
 * Serves the console, or returns null if it was not built. The console's component library adds style elements at run
 * time, so each response allows those with a nonce of its own. A response with a nonce must not be reused, so it is
 * never cached; it is small.
 */
export function createConsolePage(
  html: string | undefined,
  loginUrl: string | null,
): ((req: IncomingMessage, res: ServerResponse) => void) | null {
  if (html === undefined) return null;
  const page = html.replace(loginPlace, () => escaped(loginUrl ?? ''));
  return (req, res) => {
    const nonce = randomBytes(16).toString('base64');
    const body = page.replace(noncePlace, nonce);
    res.writeHead(200, [
      ...pageHeaders(policy, { styleNonce: nonce, ownFrames: true }),
      ...['cache-control', 'no-store', 'content-type', 'text/html; charset=utf-8'],
      ...['content-length', String(Buffer.byteLength(body))],
    ]);
    res.end(req.method === 'HEAD' ? undefined : body);
  };
}

import { isIP } from 'node:net';
import express, { Router, type Request } from 'express';
import { isLoopbackAddress } from '../../core/access/loopback.ts';
import type { createTokenMint } from '../../core/access/mint-token.ts';
import { isFromOurPages } from './own-pages.ts';

type Mint = ReturnType<typeof createTokenMint>;

const ttlMs = 60 * 60 * 1_000;

/**
 * Issues a token for an invented visitor, so that people can try the pages on their own machine: `POST /demo/token
 * {visitor}`. Anybody who can reach this endpoint can act as any number of users, so it exists only if an operator
 * switched it on. It refuses pages of other sites, which might call it from their own origin, or through a host name
 * that they have pointed at this machine. `host` is the address that this API listens on.
 */
export function demoTokens(mint: Mint, host: string): Router {
  const router = Router();
  router.post('/demo/token', express.json({ limit: '1kb' }), (req, res) => {
    res.set('cache-control', 'no-store');
    if (!isFromOurPages(req.headers) || !isOurName(req, host)) {
      res
        .status(403)
        .json({ error: 'Demo tokens are given only to pages of this site, opened at this machine’s own address.' });
      return;
    }
    const { visitor } = (req.body ?? {}) as { visitor?: unknown };
    if (typeof visitor !== 'string' || !/^[A-Za-z0-9-]{1,64}$/.test(visitor)) {
      res.status(400).json({ error: 'visitor must be 1 to 64 characters from A-Z, a-z, 0-9 and -.' });
      return;
    }
    const token = mint({ sub: `visitor-${visitor}` }, ttlMs, Date.now());
    res.json({ token });
  });
  return router;
}

/**
 * Whether a request names this machine by a host name that no other site can point at this machine. If the API listens
 * beyond loopback, every name passes, because we can't know the names that other machines use for it.
 */
function isOurName(req: Request, host: string): boolean {
  const asked = URL.parse(`http://${req.headers.host ?? ''}`)?.hostname;
  if (asked === undefined || asked === '') return false;
  const beyond = isIP(host) !== 0 && !isLoopbackAddress(host);
  return beyond || asked === 'localhost' || asked === host.toLowerCase() || isLoopbackAddress(asked);
}

import express, { Router } from 'express';
import type { createTokenMint } from '../../core/mint-token.ts';

type Mint = ReturnType<typeof createTokenMint>;

const ttlMs = 60 * 60 * 1_000;

/**
 * Gives a token to a visitor who is made up, for the pages on one's own machine: `POST /demo/token {visitor}`. Whoever can
 * reach it can be as many users as they like, so it exists in development only.
 */
export function demoTokens(mint: Mint): Router {
  const router = Router();
  router.post('/demo/token', express.json({ limit: '1kb' }), (req, res) => {
    const { visitor } = (req.body ?? {}) as { visitor?: unknown };
    if (typeof visitor !== 'string' || !/^[A-Za-z0-9-]{1,64}$/.test(visitor)) {
      res.status(400).json({ error: 'visitor must be 1 to 64 of A-Z, a-z, 0-9 and -.' });
      return;
    }
    const token = mint({ sub: `visitor-${visitor}` }, ttlMs, Date.now());
    res.set('cache-control', 'no-store').json({ token });
  });
  return router;
}

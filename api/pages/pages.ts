import { join } from 'node:path';
import { Router, type RequestHandler } from 'express';
import { createTokenMint } from '../../core/access/mint-token.ts';
import type { Env } from '../../core/settings/env.ts';
import type { Events } from '../../core/views/public-events.ts';
import { demoTokens } from './demo-token.ts';
import { readWebFiles } from './web-files.ts';
import { createWebPages, isPagePath } from './web-pages.ts';

/** The output folder of `npm run build:web`. */
const builtPages = join(import.meta.dirname, '..', '..', 'dist', 'web');

type Options = { authSecret: string | undefined; events?: Pick<Events, 'get'>; dir?: string };

/**
 * Creates the web pages that this process serves, and the endpoint for demo visitors' tokens if `FIRSTCOME_DEMO`
 * enables it.
 */
export function createPages(env: Env, { authSecret, events, dir = builtPages }: Options): RequestHandler {
  const files = readWebFiles(dir);
  const demoSecret = env.demo === true ? authSecret : undefined;
  const demo = demoSecret !== undefined;
  const answer = createWebPages({ files, policy: env.pages, demo, events, loginUrl: env.consoleLoginUrl });
  const router = Router();
  router.use((req, res, next) => {
    if (answer(req, res)) return;
    if (files !== null || !isPagePath(req.path)) return next();
    res.status(404).json({ error: { message: 'The web pages are not built. Build them with: npm run build:web' } });
  });
  if (demoSecret !== undefined) router.use(demoTokens(createTokenMint(demoSecret, env.tokenRules), env.host));
  return router;
}

import { TRPCError } from '@trpc/server';
import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { createDecoder } from 'fast-jwt';
import { OverLimit } from '../../core/limits/over-limit.ts';
import { Fault } from '../../core/runtime/fault.ts';
import type { Authentication } from '../authentication.ts';
import { callerName } from '../base.ts';
import { retryAfter } from '../errors.ts';
import { bodyBytesMax } from '../http-limits.ts';
import type { Limits } from '../limits/limits.ts';
import type { Caller } from '../token.ts';
import { isFromOurPages } from './own-pages.ts';
import type { PageSession, PageSessions } from './page-session.ts';
import { queueBoardPath } from './queue-board.ts';
import { languageOf, signedInPage, signInPage, signInStyle, type SignInTrouble } from './sign-in-page.ts';

const signInPath = '/admin/sign-in';

type AdminPagesDeps = {
  authentication: Pick<Authentication, 'caller'>;
  sessions: PageSessions;
  queueBoard: RequestHandler;
  /** Null if sign-ins are not limited. */
  limits: Pick<Limits, 'signIns' | 'addressOf'> | null;
};

/**
 * The pages that admins open in a browser: the sign-in, and, for everybody with a role, the job queue's dashboard. A
 * session is valid for these pages only; procedures accept only a Bearer token.
 */
export function createAdminPages({ authentication, sessions, queueBoard, limits }: AdminPagesDeps): RequestHandler {
  const router = Router({ caseSensitive: true, strict: true });
  router.use('/admin', pageHeaders(`'none'`));
  router.get('/admin/sign-in.css', (_req, res) => void res.type('css').send(signInStyle));
  router.get(signInPath, async (req, res) => {
    const next = localPath(req.query['next']);
    const session = await readSession(req);
    if (session === 'unavailable') {
      showSignIn(req, res.status(503), { next, trouble: 'unavailable' });
    } else if (session === null) {
      showSignIn(req, res, { next, trouble: req.query['ended'] === undefined ? null : 'ended' });
    } else {
      res.type('html').send(signedInPage({ ...session, next, language: languageOf(req.headers['accept-language']) }));
    }
  });
  router.post('/admin/session', refuseOthersPages, ...readForm, async (req: Request, res: Response) => {
    const body = (req.body ?? {}) as { token?: unknown; next?: unknown };
    const next = localPath(body.next);
    const trouble = await beginSession(req, res, typeof body.token === 'string' ? body.token.trim() : '');
    if (req.is('application/json')) {
      res.status(trouble === null ? 204 : statusOf[trouble]).end();
    } else if (trouble === null) {
      res.redirect(303, next);
    } else {
      showSignIn(req, res.status(statusOf[trouble]), { next, trouble });
    }
  });
  router.post('/admin/sign-out', refuseOthersPages, (_req, res) => {
    res.set('set-cookie', sessions.end()).redirect(303, `${signInPath}?ended`);
  });
  // Allows `<base>`, because the dashboard's page uses it for its relative URLs.
  router.use(queueBoardPath, pageHeaders(`'self'`), async (req, res, next) => {
    const session = await readSession(req);
    if (session === 'unavailable') {
      res.status(503).set(...retryAfter);
      if (isBoardPage(req.path)) showSignIn(req, res, { next: localPath(req.originalUrl), trouble: 'unavailable' });
      else res.json({ error: { message: 'Your API key can’t be checked right now. Try again shortly.' } });
      return;
    }
    if (session !== null) return queueBoard(req, res, next);
    if (isBoardPage(req.path)) {
      res.redirect(303, `${signInPath}?next=${encodeURIComponent(req.originalUrl)}`);
    } else {
      res.status(401).json({ error: { message: `Sign in at ${signInPath}.` } });
    }
  });
  return router;

  /**
   * Returns the signed-in user; null if nobody is signed in; `unavailable` if the key must be checked in MySQL, which
   * doesn't answer.
   */
  async function readSession(req: Request): Promise<PageSession | 'unavailable' | null> {
    try {
      return await sessions.read(req.headers.cookie);
    } catch (err) {
      if (err instanceof Fault) return 'unavailable';
      throw err;
    }
  }

  async function beginSession(req: Request, res: Response, token: string): Promise<SignInTrouble | null> {
    const address = limits?.addressOf(req) ?? '';
    try {
      await limits?.signIns.take(address);
      const caller = await authentication.caller(`Bearer ${token}`);
      // Only failures count.
      await limits?.signIns.giveBack(address);
      if (caller.role === null) return 'no_role';
      const secure = req.secure || req.headers['x-forwarded-proto'] === 'https';
      const session = { name: callerName(caller), role: caller.role };
      const keyId = 'keyId' in caller ? caller.keyId : null;
      res.set('set-cookie', sessions.begin(session, { tokenEndsAtMs: endOf(caller, token), keyId, secure }));
      return null;
    } catch (err) {
      if (err instanceof TRPCError && err.code === 'UNAUTHORIZED') return 'refused';
      if (err instanceof TRPCError && err.code === 'FORBIDDEN') return 'no_role';
      if (err instanceof OverLimit) {
        res.set(retryAfter[0], String(Math.ceil(err.retryAfterMs / 1_000)));
        return 'too_many';
      }
      if (err instanceof Fault) return 'unavailable';
      throw err;
    }
  }
}

const decode = createDecoder();

/** When a token expires, in ms; null if never. The caller must have verified the token. */
function endOf(caller: Caller, token: string): number | null {
  if ('keyName' in caller) return caller.endsAtMs;
  const { exp } = decode(token) as { exp: number };
  return exp * 1_000;
}

const statusOf: Record<SignInTrouble, number> = {
  refused: 401,
  no_role: 403,
  unavailable: 503,
  ended: 200,
  too_many: 429,
};

function showSignIn(req: Request, res: Response, page: { next: string; trouble: SignInTrouble | null }): void {
  res.type('html').send(signInPage({ ...page, language: languageOf(req.headers['accept-language']) }));
}

/**
 * Returns the page to open after a sign-in. It is always one of our own pages, even if the request names a URL
 * elsewhere.
 */
function localPath(next: unknown): string {
  return typeof next === 'string' && /^\/admin(?:[/?][\w\-./?=&%]*)?$/.test(next) && !/\/\/|\.\./.test(next)
    ? next
    : queueBoardPath;
}

const readForm: RequestHandler[] = [
  express.json({ limit: bodyBytesMax }),
  express.urlencoded({ limit: bodyBytesMax, extended: false }),
];

/**
 * Refuses forms sent from other sites, because another site must not be able to sign anybody in or out. Browsers report
 * where a form comes from.
 */
const refuseOthersPages: RequestHandler = (req, res, next) => {
  if (isFromOurPages(req.headers)) return next();
  res.status(403).json({ error: { message: 'Only pages of this site may send this form.' } });
};

/** Whether the path is one of the dashboard's pages, rather than data that the dashboard's script fetches. */
const isBoardPage = (path: string): boolean => path === '/' || path.startsWith('/queue');

const pageHeaders =
  (base: string): RequestHandler =>
  (_req, res, next) => {
    res.set({
      'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri ${base}; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      // With `no-referrer`, browsers would not tell us that a form comes from our own pages.
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    next();
  };

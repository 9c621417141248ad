import { hkdfSync } from 'node:crypto';
import { createSigner, createVerifier } from 'fast-jwt';
import { z } from 'zod';
import { roles, type Role } from '../../core/access/actor.ts';
import { keyActor } from '../../core/access/api-key.ts';
import type { KeyCheck } from '../../core/access/key-check.ts';

/** The user signed in at the admin pages, until the session ends. */
export type PageSession = { name: string; role: Role };

export type PageSessions = {
  /**
   * Returns the `Set-Cookie` of a new session, which expires no later than the token. `keyId` is the API key that the
   * user signed in with, if any. `secure` keeps the cookie off plain HTTP.
   */
  begin(session: PageSession, options: BeginOptions): string;
  /** Returns the `Set-Cookie` that ends a session in this browser. */
  end(): string;
  /**
   * Finds the signed-in user by a request's `Cookie` header; resolves to null if nobody is signed in. A session that
   * was started with an API key ends when the key does. Throws `unavailable` if the key must be checked in MySQL, which
   * doesn't answer.
   */
  read(cookie: string | undefined): Promise<PageSession | null>;
};

type BeginOptions = { tokenEndsAtMs: number | null; keyId?: string | null; secure: boolean };

const cookieName = 'firstcome-pages';
/** The length of a session: a working day. */
const lastsMs = 8 * 3_600_000;
const audience = 'firstcome:pages';
const said = z.object({ sub: z.string(), role: z.enum(roles), key: z.string().optional() });

/**
 * Sessions for browsers, which can't send a Bearer header when they open a page. A session is valid only for pages
 * under `/admin`: its cookie is signed with a separate key, so the API does not accept it as a token. That key is
 * derived from `secret`, so that all API processes agree (RFC 5869).
 */
export function createPageSessions(secret: string, apiKeys: Pick<KeyCheck, 'checkId'>): PageSessions {
  const key = Buffer.from(hkdfSync('sha256', secret, '', audience, 32));
  const sign = createSigner({ key, algorithm: 'HS256', aud: audience });
  const verify = createVerifier({ key, algorithms: ['HS256'], allowedAud: audience, requiredClaims: ['exp'] });
  const cookie = (value: string, maxAgeSeconds: number, secure: boolean): string =>
    `${cookieName}=${value}; Path=/admin; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return {
    begin: ({ name, role }, { tokenEndsAtMs, keyId = null, secure }) => {
      const nowMs = Date.now();
      const endsAtMs = Math.min(nowMs + lastsMs, tokenEndsAtMs ?? Infinity);
      const value = sign({ sub: name, role, ...(keyId !== null && { key: keyId }), exp: Math.floor(endsAtMs / 1_000) });
      return cookie(value, Math.max(0, Math.ceil((endsAtMs - nowMs) / 1_000)), secure);
    },
    end: () => cookie('', 0, false),
    read: async (header) => {
      const session = readSession(valueOf(header));
      if (session?.key === undefined) return session && { name: session.sub, role: session.role };
      const verdict = await apiKeys.checkId(session.key);
      return verdict.ok ? { name: keyActor(verdict.name), role: verdict.role } : null;
    },
  };

  function readSession(value: string | null): z.output<typeof said> | null {
    if (value === null) return null;
    try {
      return said.parse(verify(value));
    } catch {
      return null;
    }
  }
}

function valueOf(header = ''): string | null {
  const pair = header.split(/; */).find((candidate) => candidate.startsWith(`${cookieName}=`));
  return pair === undefined ? null : pair.slice(cookieName.length + 1);
}

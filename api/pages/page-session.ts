import { hkdfSync } from 'node:crypto';
import { createSigner, createVerifier } from 'fast-jwt';
import { z } from 'zod';
import { roles, type Role } from '../../core/mint-token.ts';

/** Who is signed in at the admin's pages, for as long as that lasts. */
export type PageSession = { name: string; role: Role };

export type PageSessions = {
  /** The `Set-Cookie` of a session that ends by itself, with its token at the latest. `secure` keeps it off plain HTTP. */
  begin(session: PageSession, options: { tokenEndsAtMs: number | null; secure: boolean }): string;
  /** The `Set-Cookie` that ends a session in this browser. */
  end(): string;
  /** Who is signed in by the `Cookie` header of a request; null: nobody. */
  read(cookie: string | undefined): PageSession | null;
};

const cookieName = 'firstcome-pages';
/** A working day. A session outlives a key that is revoked by at most this. */
const lastsMs = 8 * 3_600_000;
const audience = 'firstcome:pages';
const said = z.object({ sub: z.string(), role: z.enum(roles) });

/**
 * Sessions of browsers, which can't send a Bearer header when they open a page. They are good for pages under `/admin` only:
 * the cookie holds no token that the API would take, but a statement signed with a key of its own, which is derived from
 * `secret` so that all API processes agree (RFC 5869).
 */
export function createPageSessions(secret: string): PageSessions {
  const key = Buffer.from(hkdfSync('sha256', secret, '', audience, 32));
  const sign = createSigner({ key, algorithm: 'HS256', aud: audience });
  const verify = createVerifier({ key, algorithms: ['HS256'], allowedAud: audience, requiredClaims: ['exp'] });
  const cookie = (value: string, maxAgeSeconds: number, secure: boolean): string =>
    `${cookieName}=${value}; Path=/admin; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return {
    begin: ({ name, role }, { tokenEndsAtMs, secure }) => {
      const nowMs = Date.now();
      const endsAtMs = Math.min(nowMs + lastsMs, tokenEndsAtMs ?? Infinity);
      const value = sign({ sub: name, role, exp: Math.floor(endsAtMs / 1_000) });
      return cookie(value, Math.max(0, Math.ceil((endsAtMs - nowMs) / 1_000)), secure);
    },
    end: () => cookie('', 0, false),
    read: (header) => {
      const value = valueOf(header);
      if (value === null) return null;
      try {
        const { sub: name, role } = said.parse(verify(value));
        return { name, role };
      } catch {
        return null;
      }
    },
  };
}

function valueOf(header = ''): string | null {
  const pair = header.split(/; */).find((candidate) => candidate.startsWith(`${cookieName}=`));
  return pair === undefined ? null : pair.slice(cookieName.length + 1);
}

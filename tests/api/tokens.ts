import { createHmac } from 'node:crypto';

export const secret = 'a secret for tests of 32 bytes or more';

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Makes a JWT with any content, signed with HMAC. Our own tool would refuse to make some of them. */
export function signToken(payload: unknown, options: { header?: unknown; key?: string; hash?: string } = {}): string {
  const { header = { alg: 'HS256', typ: 'JWT' }, key = secret, hash = 'sha256' } = options;
  const signed = `${base64url(header)}.${base64url(payload)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

const inAnHour = (): number => Math.floor(Date.now() / 1_000) + 3_600;

export const userToken = (sub: string): string => signToken({ sub, exp: inAnHour() });

export const adminToken = (role: string): string => signToken({ sub: `the-${role}`, role, exp: inAnHour() });

/** Tokens that must be refused. Each key of this object says what is wrong with the token. */
export function badTokens(): Record<string, string> {
  const exp = inAnHour();
  const good = signToken({ sub: 'kim', exp });
  const [header = '', payload = '', signature = ''] = good.split('.');
  return {
    'no token': '',
    'not a token': 'nonsense',
    'two parts': `${header}.${payload}`,
    'no signature': `${header}.${payload}.`,
    'cut signature': `${header}.${payload}.${signature.slice(0, 20)}`,
    'another signature': `${header}.${payload}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
    'another payload': `${header}.${base64url({ sub: 'lee', exp })}.${signature}`,
    'another key': signToken({ sub: 'kim', exp }, { key: 'another secret of 32 bytes or more than that' }),
    'alg none': `${base64url({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'alg none, signed': signToken({ sub: 'kim', exp }, { header: { alg: 'none', typ: 'JWT' } }),
    'alg HS512': signToken({ sub: 'kim', exp }, { header: { alg: 'HS512', typ: 'JWT' }, hash: 'sha512' }),
    'alg RS256': signToken({ sub: 'kim', exp }, { header: { alg: 'RS256', typ: 'JWT' } }),
    'unknown crit': signToken({ sub: 'kim', exp }, { header: { alg: 'HS256', crit: ['x'], x: 1 } }),
    expired: signToken({ sub: 'kim', exp: Math.floor(Date.now() / 1_000) - 1 }),
    'expired long ago': signToken({ sub: 'kim', exp: -1e300 }),
    'not yet': signToken({ sub: 'kim', exp, nbf: exp - 10 }),
    'no exp': signToken({ sub: 'kim' }),
    'exp as text': signToken({ sub: 'kim', exp: String(exp) }),
    'exp null': signToken({ sub: 'kim', exp: null }),
    'no sub': signToken({ exp }),
    'sub as number': signToken({ sub: 7, exp }),
    'empty sub': signToken({ sub: '', exp }),
    'sub with a space': signToken({ sub: 'kim lee', exp }),
    'sub with a newline': signToken({ sub: 'kim\n', exp }),
    'sub beyond ASCII': signToken({ sub: '김', exp }),
    'sub too long': signToken({ sub: 'k'.repeat(129), exp }),
    'payload as list': signToken([{ sub: 'kim', exp }]),
    'payload as text': signToken('kim'),
    'payload null': signToken(null),
    'payload not JSON': `${header}.${Buffer.from('{').toString('base64url')}.${signature}`,
    'padded signature': `${good}=`,
    'a space before it': ` ${good}`,
    'two of them': `${good} ${good}`,
  };
}

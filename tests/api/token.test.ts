import { join } from 'node:path';
import { createVerifier } from 'fast-jwt';
import { describe, expect, it } from 'vitest';
import { createFastVerify } from '../../api/fast-verify.ts';
import { createSecretTokens } from '../../api/secret-tokens.ts';
import { bearerToken, hasRole } from '../../api/token.ts';
import { roles } from '../../core/access/actor.ts';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { root } from '../support/processes.ts';
import { createRandom } from './random.ts';
import { badTokens, secret, signToken, userToken } from './tokens.ts';

const tokens = createSecretTokens([secret]);
const authenticate = (authorization: string | undefined) => {
  const token = bearerToken(authorization);
  return tokens.quickly(token) ?? tokens.surely(token);
};
const exp = Math.floor(Date.now() / 1_000) + 3_600;

describe('authentication', () => {
  it.each(Object.entries(badTokens()))('refuses a token with: %s', (_name, token) => {
    expect(() => authenticate(`Bearer ${token}`)).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic a2ltOmtpbQ==', userToken('kim'), `Token ${userToken('kim')}`])(
    'refuses the header %j',
    (authorization) => {
      expect(() => authenticate(authorization)).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
    },
  );

  it.each(['kim', 'Kim', 'a{b}', '__proto__', 'constructor', '!', '~'.repeat(128), 'kim@shop.example', '{0}', '"'])(
    'accepts the user %s unchanged',
    (sub) => {
      expect(authenticate(`Bearer ${userToken(sub)}`)).toEqual({ userId: sub, role: null });
      expect(authenticate(`bearer ${userToken(sub)}`)).toEqual({ userId: sub, role: null });
    },
  );

  it('accepts tokens that our own tool made, for any user', () => {
    const mint = createTokenMint(secret);
    for (const role of [undefined, ...roles]) {
      const token = mint({ sub: 'kim', role }, 60_000, Date.now());
      expect(authenticate(`Bearer ${token}`)).toEqual({ userId: 'kim', role: role ?? null });
    }
  });

  it('refuses a token as soon as it has expired', () => {
    const mint = createTokenMint(secret);
    const tokens = [1_000, 5_000].map((ttlMs) => mint({ sub: 'kim' }, ttlMs, Date.now() - 10_000));
    for (const token of tokens) expect(() => authenticate(`Bearer ${token}`)).toThrow('has expired');
  });

  it('never puts the token into an error', () => {
    for (const token of Object.values(badTokens()).filter((text) => text.length > 20)) {
      try {
        authenticate(`Bearer ${token}`);
      } catch (err) {
        expect(JSON.stringify(err, Object.getOwnPropertyNames(err))).not.toContain(token.trim().slice(0, 15));
      }
    }
  });
});

describe('a token with a role', () => {
  const now = Math.floor(Date.now() / 1_000);
  const day = 86_400;
  const comesIn = (payload: object) => authenticate(`Bearer ${signToken({ sub: 'kim', ...payload })}`);

  it.each([
    ['a day from its iat', { iat: now - 60, exp: now - 60 + day }],
    ['less than a day from now, without an iat', { exp: now + day - 60 }],
    ['a day from an iat that is a few seconds in the future', { iat: now + 5, exp: now + 5 + day }],
  ])('is accepted if its lifetime is %s', (_how, times) => {
    for (const role of roles) expect(comesIn({ role, ...times }).role).toBe(role);
  });

  it.each([
    ['longer than a day from its iat, however little is left of it', { iat: now - 7 * day, exp: now + 60 }],
    ['longer than a day from now, without an iat', { exp: now + day + 60 }],
    ['longer than a day from now, whatever its iat says', { iat: now + 365 * day, exp: now + 365 * day + 60 }],
    ['longer than a day, with an iat that is not a number', { iat: String(now), exp: now + 2 * day }],
  ])('is refused if its lifetime is %s', (_how, times) => {
    for (const role of roles)
      expect(() => comesIn({ role, ...times })).toThrow(/may live for at most 24 hours|not valid/);
  });

  it('must have a limited lifetime, unlike a user’s token', () => {
    expect(comesIn({ iat: now, exp: now + 365 * day })).toEqual({ userId: 'kim', role: null });
    expect(comesIn({ iat: now, exp: now + 365 * day, role: 'king' })).toEqual({ userId: 'kim', role: null });
  });

  it('may have any lifetime that the setting allows', () => {
    const short = createSecretTokens([secret], { issuer: null, audience: null, roleMaxMs: 60_000 });
    const token = (seconds: number) => signToken({ sub: 'kim', role: 'admin', iat: now, exp: now + seconds });
    expect(short.surely(token(60)).role).toBe('admin');
    expect(() => short.surely(token(61))).toThrow(/at most 1 minute/);
    expect(() => short.quickly(token(61))).toThrow(/at most 1 minute/);
  });
});

describe('a server whose tokens must name an issuer and an audience', () => {
  const rules = { issuer: 'https://login.shop.example', audience: 'firstcome', roleMaxMs: 86_400_000 };
  const strict = createSecretTokens([secret], rules);
  const good = { sub: 'kim', exp, iss: rules.issuer, aud: rules.audience };
  const ways = {
    quickly: (token: string) => strict.quickly(token),
    surely: (token: string) => strict.surely(token),
  };

  it.each(Object.entries(ways))('accepts tokens with the right issuer and audience, %s', (_way, read) => {
    for (const aud of [rules.audience, ['other', rules.audience]]) {
      expect(read(signToken({ ...good, aud }))).toEqual({ userId: 'kim', role: null });
    }
    expect(read(createTokenMint(secret, rules)({ sub: 'kim' }, 60_000, Date.now()))).toMatchObject({ userId: 'kim' });
  });

  it.each(Object.entries(ways))('refuses all other tokens, %s', (_way, read) => {
    const { iss: _iss, ...noIssuer } = good;
    const { aud: _aud, ...noAudience } = good;
    const others = [
      ...[noIssuer, { ...good, iss: 'https://other.example' }, { ...good, iss: [rules.issuer] }, { ...good, iss: '' }],
      ...[noAudience, { ...good, aud: 'firstcomex' }, { ...good, aud: ['other'] }, { ...good, aud: [] }],
      { ...good, aud: { firstcome: true } },
    ];
    for (const payload of others)
      expect(() => read(signToken(payload))).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
  });

  it('gets load test tokens that name both', async () => {
    // load/token.js is plain JavaScript without types, because Artillery runs it.
    const load = (await import(join(root, 'load', 'token.js'))) as {
      mintToken(secret: string, userId: string, nowMs: number, rules: object): string;
    };
    const token = load.mintToken(secret, 'kim', Date.now(), rules);
    expect(strict.surely(token)).toEqual({ userId: 'kim', role: null });
  });
});

describe('roles', () => {
  it.each(['Admin', 'root', '', 'viewer,admin', 7, null, true, ['admin'], { admin: true }, 'constructor', '__proto__'])(
    'don’t include %j',
    (role) => {
      expect(authenticate(`Bearer ${signToken({ sub: 'kim', exp, role })}`).role).toBeNull();
    },
  );

  it('include all lower roles', () => {
    const allowed = roles.map((held) => roles.filter((asked) => hasRole({ userId: 'kim', role: held }, asked)));
    expect(allowed).toEqual([['viewer'], ['viewer', 'operator'], ['viewer', 'operator', 'admin']]);
    expect(roles.filter((asked) => hasRole({ userId: 'kim', role: null }, asked))).toEqual([]);
  });
});

describe('the fast token verification', () => {
  const fast = createFastVerify(secret);
  const sure = createVerifier({ key: secret, algorithms: ['HS256'], requiredClaims: ['exp'], cache: false });
  const surely = (token: string): unknown => {
    try {
      return sure(token);
    } catch {
      return null;
    }
  };

  it('accepts the tokens that the API usually receives', () => {
    for (const header of [{ alg: 'HS256', typ: 'JWT' }, { typ: 'JWT', alg: 'HS256' }, { alg: 'HS256' }]) {
      for (let chars = 1; chars <= 128; chars += 1) {
        const payload = { sub: 'k'.repeat(chars), exp };
        expect(fast(signToken(payload, { header }))).toEqual(payload);
      }
    }
  });

  it('accepts only tokens that fast-jwt accepts, and reads the same claims from them', () => {
    for (const [name, token] of Object.entries(badTokens())) {
      const payload = fast(token);
      if (payload !== null) expect({ name, payload }).toEqual({ name, payload: surely(token) });
    }
  });

  const seed = Math.floor(Math.random() * 2 ** 32);
  it(`accepts no altered token that fast-jwt refuses, wherever it was altered (seed ${seed})`, () => {
    const random = createRandom(seed);
    const alphabet = 'ABCabc019_-.=+/ %\u00e9\u0141';
    let taken = 0;
    for (let count = 0; count < 20_000; count += 1) {
      const chars = [
        ...signToken({ sub: `user-${random.below(1_000)}`, exp: exp - random.below(7_200), role: 'admin' }),
      ];
      for (let changes = random.below(3); changes > 0; changes -= 1) {
        chars.splice(random.below(chars.length + 1), random.below(2), random.one([...alphabet]));
      }
      const token = chars.join('');
      const payload = fast(token);
      if (payload === null) continue;
      taken += 1;
      expect({ token, payload }).toEqual({ token, payload: surely(token) });
    }
    expect(taken).toBeGreaterThan(1_000);
  });

  it('leaves a token that is longer than the buffer to fast-jwt', () => {
    const token = signToken({ sub: 'kim', exp, more: 'x'.repeat(10_000) });
    expect(fast(token)).toBeNull();
    expect(authenticate(`Bearer ${token}`).userId).toBe('kim');
  });

  it.each([1, 31, 32, 33, 63, 64, 65, 127, 200])('works with a secret of %d bytes', (bytes) => {
    const key = 'k'.repeat(bytes);
    expect(createFastVerify(key)(signToken({ sub: 'kim', exp }, { key }))).toEqual({ sub: 'kim', exp });
    expect(createFastVerify(`${key}k`)(signToken({ sub: 'kim', exp }, { key }))).toBeNull();
  });

  it('works with a secret that is not ASCII', () => {
    const key = '열려라 참깨, 열려라 참깨, 열려라';
    expect(createFastVerify(key)(signToken({ sub: 'kim', exp }, { key }))).toEqual({ sub: 'kim', exp });
  });
});

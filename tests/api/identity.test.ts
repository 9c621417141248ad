import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openIdentityProvider, type IdentityProvider } from '../../api/identity/identity-provider.ts';
import type { KeySetTimes } from '../../api/identity/key-set.ts';
import { providerAlgorithms, readKeys } from '../../api/identity/read-keys.ts';
import { createLog } from '../../core/runtime/log.ts';
import type { IdentitySettings } from '../../core/settings/env.ts';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { waitFor } from '../support/wait-for.ts';
import { callerAt, type Reply } from './call.ts';
import {
  answerJson,
  makeSigningKey,
  signWith,
  startIdentityServer,
  type IdentityServer,
  type SigningKey,
} from './identity-server.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { secret, signToken, userToken } from './tokens.ts';

const issuer = 'https://id.example/realms/shop';
const audience = 'firstcome';
const roleMaxMs = 24 * 3_600_000;
const log = createLog('api', 'silent');
const now = (): number => Math.floor(Date.now() / 1_000);
const claims = (over: Record<string, unknown> = {}) => ({
  ...{ iss: issuer, aud: audience, sub: 'kim', iat: now(), exp: now() + 600, ...over },
});

/** One key of each kind. A provider's RSA key that names no `alg` may sign both RS256 and PS256. */
const keys = Object.fromEntries(
  providerAlgorithms.map((algorithm) => [algorithm, makeSigningKey(algorithm)]),
) as Record<SigningKey['algorithm'], SigningKey>;
const jwks = Object.values(keys).map(({ jwk }) => jwk);
const theirs = (over: Record<string, unknown> = {}): string => signWith(keys.ES256, claims(over));

const pemOf = (jwk: JsonWebKey, type: 'spki' | 'pkcs1' = 'spki'): string =>
  createPublicKey({ key: jwk, format: 'jwk' }).export({ type, format: 'pem' }).toString();

type Site = AsyncDisposable & { identity: IdentityServer; provider: IdentityProvider; hot: TestApi; stock: TestApi };

/**
 * An identity provider, an API with the hot lane and an API without it. Both APIs share one copy of the provider's
 * keys.
 */
async function openSite(
  options: { settings?: Partial<IdentitySettings>; times?: Partial<KeySetTimes>; known?: boolean } = {},
  ...published: JsonWebKey[]
): Promise<Site> {
  const identity = await startIdentityServer(...published);
  const settings = { jwksUrl: identity.url, issuer, audience, userClaim: 'sub', roleClaim: 'role', roleMaxMs };
  const provider = openIdentityProvider({ ...settings, ...options.settings }, log, options.times);
  const [hot, stock] = await Promise.all([
    openTestApi({ identityProvider: provider, hotLane: true }),
    openTestApi({ identityProvider: provider, hotLane: false }),
  ]);
  if (options.known ?? true) await waitFor(() => provider.check().ok, { what: 'the keys of the provider' });
  return {
    ...{ identity, provider, hot, stock },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([hot[Symbol.asyncDispose](), stock[Symbol.asyncDispose]()]);
      await provider.close();
      await identity[Symbol.asyncDispose]();
    },
  };
}

const claim = (api: TestApi, token: string): Promise<Reply> =>
  callerAt(api.url, token).mutate('claim.submit', { eventId: 'paused' });

const whoami = (api: TestApi, token: string): Promise<Reply> => callerAt(api.url, token).query('admin.whoami');

/** Sends a claim in both lanes, and returns the answer, which must be the same in both. */
async function claimInBoth({ hot, stock }: Site, token: string) {
  const [first, second] = [await claim(hot, token), await claim(stock, token)].map(
    ({ status, data, error, headers }) => ({
      ...{ status, data, error },
      headers: ['content-type', 'vary', 'retry-after', 'www-authenticate'].map((name) => headers.get(name)),
    }),
  );
  expect(first).toEqual(second);
  return first;
}

const lanesOf = async (api: TestApi): Promise<Record<string, number>> => {
  const metric = await api.metrics.registry.getSingleMetric('firstcome_http_requests_total')?.get();
  const counts: Record<string, number> = {};
  for (const { value, labels } of metric?.values ?? []) {
    counts[String(labels['lane'])] = (counts[String(labels['lane'])] ?? 0) + value;
  }
  return counts;
};

describe('a token of the identity provider', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite({}, ...jwks, makeSigningKey('RS256', 'other').jwk);
  });
  afterAll(() => site[Symbol.asyncDispose]());

  it.each(providerAlgorithms)(
    'is accepted if it is signed with %s, and a claim with it takes the hot lane',
    async (algorithm) => {
      const before = (await lanesOf(site.hot))['hot'] ?? 0;
      expect(await claimInBoth(site, signWith(keys[algorithm], claims()))).toMatchObject({ status: 200 });
      expect((await lanesOf(site.hot))['hot']).toBe(before + 1);
      expect(site.hot.core.submitted.at(-1)?.userId).toBe('kim');
    },
  );

  it.each([
    ['audience in a list', { aud: ['account', audience] }],
    ['nbf in the past', { nbf: now() - 60 }],
    ['claims that we do not know', { azp: 'shop', scope: 'openid', constructor: 1 }],
  ])('is accepted with: %s', async (_name, over) => {
    expect(await claimInBoth(site, theirs(over))).toMatchObject({ status: 200 });
  });

  const es = keys.ES256;
  const hs256 = (key: string, kid: string): string =>
    signToken(claims(), { header: { alg: 'HS256', typ: 'JWT', kid }, key });
  const embedded = makeSigningKey('ES256', 'ES256');
  const [header = '', payload = '', signature = ''] = theirs().split('.');

  it.each([
    ['expired', theirs({ exp: now() - 1 }), 'has expired'],
    ['no exp', theirs({ exp: undefined }), 'exp'],
    ['exp as text', theirs({ exp: String(now() + 600) }), 'not valid'],
    ['exp null', theirs({ exp: null }), 'not valid'],
    ['not valid yet', theirs({ nbf: now() + 60 }), 'not valid yet'],
    ['nbf as text', theirs({ nbf: '0' }), 'not valid'],
    ['a different issuer', theirs({ iss: 'https://id.example/realms/other' }), 'iss'],
    ['the issuer and a slash', theirs({ iss: `${issuer}/` }), 'iss'],
    ['the issuer in a list', theirs({ iss: [issuer] }), 'iss'],
    ['no issuer', theirs({ iss: undefined }), 'iss'],
    ['a different audience', theirs({ aud: 'account' }), 'aud'],
    ['other audiences', theirs({ aud: ['account', 'firstcome-test'] }), 'aud'],
    ['an empty list of audiences', theirs({ aud: [] }), 'aud'],
    ['no audience', theirs({ aud: undefined }), 'aud'],
    ['no sub', theirs({ sub: undefined }), 'not a user id'],
    ['sub as number', theirs({ sub: 7 }), 'not a user id'],
    ['sub with a space', theirs({ sub: 'kim lee' }), 'not a user id'],
    ['sub too long', theirs({ sub: 'k'.repeat(129) }), 'not a user id'],
    ['sub beyond ASCII', theirs({ sub: '김' }), 'not a user id'],
    ['payload as list', signWith(es, [claims()]), 'not valid'],
    ['no kid', signWith(es, claims(), { kid: undefined }), 'kid'],
    ['kid as number', signWith(es, claims(), { kid: 7 }), 'kid'],
    ['kid of a key of a different kind', signWith(es, claims(), { kid: 'RS256' }), 'does not publish'],
    ['kid of a different key of the same kind', signWith(keys.RS256, claims(), { kid: 'other' }), 'not valid'],
    ['a different key under that kid', signWith(embedded, claims()), 'not valid'],
    ['the key itself in the header', signWith(embedded, claims(), { jwk: embedded.jwk }), 'not valid'],
    ['a URL of the key in the header', signWith(embedded, claims(), { jku: 'https://evil.example/jwks' }), 'not valid'],
    ['PS256 by a key for RS256', signWith({ ...keys.RS256, algorithm: 'PS256' }, claims()), 'does not publish'],
    ['alg RS512', signWith(keys.RS256, claims(), { alg: 'RS512' }), 'not valid'],
    ['alg none', `${Buffer.from('{"alg":"none","kid":"ES256"}').toString('base64url')}.${payload}.`, 'not valid'],
    ['no signature', `${header}.${payload}.`, 'not valid'],
    ['a signature of zeros', `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`, 'not valid'],
    ['a cut signature', `${header}.${payload}.${signature.slice(0, 40)}`, 'not valid'],
    ['unknown crit', signWith(es, claims(), { crit: ['x'], x: 1 }), 'not valid'],
    ['HS256 with a public key of the set as secret', hs256(pemOf(keys.RS256.jwk), 'RS256'), 'not valid'],
    ['HS256 with that key in its other form', hs256(pemOf(keys.RS256.jwk, 'pkcs1'), 'RS256'), 'not valid'],
    ['HS256 with that key trimmed', hs256(pemOf(keys.RS256.jwk).trim(), 'RS256'), 'not valid'],
    ['HS256 with that key as JSON', hs256(JSON.stringify(keys.RS256.jwk), 'RS256'), 'not valid'],
    ['HS256 with an empty secret', hs256('', 'RS256'), 'not valid'],
    [
      'RS256 in the header, but an HMAC with our own secret',
      signToken(claims(), { header: { alg: 'RS256', kid: 'RS256' } }),
      'not valid',
    ],
  ])('is refused: %s', async (_name, token, why) => {
    const reply = await claimInBoth(site, token);
    expect(reply).toMatchObject({ status: 401, error: { data: { code: 'UNAUTHORIZED' } } });
    expect(reply?.error?.message).toContain(why);
    expect(JSON.stringify(reply)).not.toContain(token.slice(0, 15));
  });

  it('is refused if any of its characters is changed', async () => {
    const token = signWith(keys.EdDSA, claims());
    for (let at = 0; at < token.length - 2; at += 1 + (at % 7)) {
      const char = token[at] === 'A' ? 'B' : 'A';
      const changed = `${token.slice(0, at)}${char}${token.slice(at + 1)}`;
      // An unknown key id may cause a request to the provider. Until the provider answers, the token may still be
      // valid.
      expect({ at, status: (await claim(site.hot, changed)).status }).not.toEqual({ at, status: 200 });
    }
  });

  it.each([
    ['viewer', 'viewer'],
    ['admin', 'admin'],
    [['offline_access', 'viewer', 'operator'], 'operator'],
    [['operator', 'admin', 'viewer'], 'admin'],
  ])('gives the highest of the roles %j', async (role, held) => {
    expect(await whoami(site.hot, theirs({ role }))).toMatchObject({ data: { name: 'kim', role: held } });
  });

  it.each([undefined, null, 'Admin', 'viewer admin', [], ['root'], [['admin']], { admin: true }, 3])(
    'gives no role for %j',
    async (role) => {
      expect(await whoami(site.hot, theirs({ role }))).toMatchObject({ status: 403 });
      expect((await claimInBoth(site, theirs({ role })))?.status).toBe(200);
    },
  );

  it('is accepted, and so are tokens that our own secret signs', async () => {
    expect(await claimInBoth(site, userToken('lee'))).toMatchObject({ status: 200 });
    expect(await claimInBoth(site, signToken({ sub: 'lee', exp: now() - 1 }))).toMatchObject({ status: 401 });
  });

  it('gets the same answer to a batch as from tRPC’s own adapter', async () => {
    for (const token of [theirs(), theirs({ exp: 1 }), 'fcfs_admin']) {
      const [first, second] = await Promise.all(
        [site.hot, site.stock].map(async ({ url }) => {
          const response = await fetch(`${url}/trpc/claim.submit,claim.submit?batch=1`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
            body: '{"0":{"eventId":"paused"},"1":{"eventId":"closed"}}',
          });
          return { status: response.status, body: await response.text() };
        }),
      );
      expect(first).toEqual(second);
    }
  });
});

describe('the user id and role of a token', () => {
  it.each([
    ['realm_access.roles', { realm_access: { roles: ['offline_access', 'operator'] } }, 'operator'],
    ['https://shop.example/roles', { 'https://shop.example/roles': ['admin'] }, 'admin'],
    ['a.b', { 'a.b': 'viewer', a: { b: 'admin' } }, 'viewer'],
  ])('are read with the role claim %s', async (roleClaim, over, role) => {
    await using site = await openSite({ settings: { roleClaim } }, keys.ES256.jwk);
    expect(await whoami(site.hot, theirs(over))).toMatchObject({ data: { role } });
  });

  it.each(['realm_access.roles', 'constructor.name', '__proto__', 'role.length', 'role.0'])(
    'include no role if the token lacks the role claim %s',
    async (roleClaim) => {
      await using site = await openSite({ settings: { roleClaim } }, keys.ES256.jwk);
      expect(await whoami(site.hot, theirs({ role: ['admin'], realm_access: null }))).toMatchObject({ status: 403 });
    },
  );

  it('may come from a claim other than sub', async () => {
    await using site = await openSite({ settings: { userClaim: 'preferred_username' } }, keys.ES256.jwk);
    expect(await claimInBoth(site, theirs({ sub: '7f3', preferred_username: 'lee' }))).toMatchObject({ status: 200 });
    expect(site.hot.core.submitted.at(-1)?.userId).toBe('lee');
    expect(await claimInBoth(site, theirs())).toMatchObject({
      status: 401,
      error: { message: 'The preferred_username of the token is not a user id.' },
    });
  });
});

describe('the secret for our own tokens', () => {
  it('may be missing; then no HS256 token is accepted', async () => {
    await using identity = await startIdentityServer(keys.ES256.jwk);
    const settings = { jwksUrl: identity.url, issuer, audience, userClaim: 'sub', roleClaim: 'role', roleMaxMs };
    const provider = openIdentityProvider(settings, log);
    await using api = await openTestApi({ authSecret: undefined, identityProvider: provider });
    expect((await claim(api, theirs())).status).toBe(200);
    for (const key of ['', 'undefined', secret, pemOf(keys.RS256.jwk)]) {
      expect((await claim(api, signToken({ sub: 'kim', exp: now() + 60 }, { key }))).status).toBe(401);
    }
    await provider.close();
  });

  it('may be replaced, and tokens that the old secret signed are accepted until they expire', async () => {
    const before = 'the secret before this one, of 32 bytes';
    const old = (payload: unknown) => signToken(payload, { key: before });
    await using api = await openTestApi({ authSecretPrevious: before });
    await using alone = await openTestApi();
    for (const [token, status] of [
      [old({ sub: 'kim', exp: now() + 60 }), 200],
      [userToken('kim'), 200],
      [old({ sub: 'kim', exp: now() - 1 }), 401],
      [signToken({ sub: 'kim', exp: now() + 60 }, { key: 'another secret of 32 bytes or more than that' }), 401],
      // The quick check can't decide about these tokens, so the full check does.
      [signToken({ sub: 'kim', exp: now() + 60, nbf: 1 }, { key: before }), 200],
    ] as const) {
      expect((await claim(api, token)).status).toBe(status);
    }
    expect((await claim(alone, old({ sub: 'kim', exp: now() + 60 }))).status).toBe(401);
    expect((await claim(api, old({ sub: 'kim', exp: now() - 1 }))).error?.message).toBe('The token has expired.');
  });
});

describe('a key of the provider', () => {
  it('is fetched once for all waiting calls when the first token that it signed arrives', async () => {
    const [first, next] = [makeSigningKey('ES256', 'first'), makeSigningKey('ES256', 'next')];
    await using site = await openSite({ times: { restMs: 0 } }, first.jwk);
    site.identity.publish(first.jwk, next.jwk);
    const asked = site.identity.asked;
    const token = signWith(next, claims());
    const replies = await Promise.all(Array.from({ length: 50 }, () => claim(site.hot, token)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(site.identity.asked).toBe(asked + 1);
    expect(await claimInBoth(site, signWith(first, claims()))).toMatchObject({ status: 200 });
  });

  it('is fetched without a restart or a call if it is new, and is refused once the provider withdraws it', async () => {
    const [first, next] = [makeSigningKey('ES256', 'first'), makeSigningKey('ES256', 'next')];
    await using site = await openSite({ times: { refreshMs: 50, restMs: 0 } }, first.jwk);
    site.identity.publish(next.jwk);
    const token = signWith(first, claims());
    await waitFor(async () => (await claim(site.hot, token)).status === 401, { what: 'the old key to be refused' });
    expect(await claimInBoth(site, signWith(next, claims()))).toMatchObject({ status: 200 });
  });

  it('causes hardly any requests to the provider if it is unknown, however many made-up key ids arrive', async () => {
    await using site = await openSite({ times: { restMs: 60_000 } }, keys.ES256.jwk);
    const asked = site.identity.asked;
    for (let i = 0; i < 50; i += 1) {
      // The provider may have published this key since the last request, so the token may be valid.
      expect(await claimInBoth(site, signWith({ ...keys.ES256, kid: `none-${i}` }, claims()))).toMatchObject({
        status: 503,
        error: { data: { reason: 'unavailable' } },
      });
    }
    expect(site.identity.asked).toBe(asked);
  });

  it('makes a token invalid without another request if the provider has just reported the key as unknown', async () => {
    await using site = await openSite({ times: { restMs: 0 } }, keys.ES256.jwk);
    const asked = site.identity.asked;
    const token = signWith({ ...keys.ES256, kid: 'none' }, claims());
    for (let i = 0; i < 5; i += 1) expect(await claimInBoth(site, token)).toMatchObject({ status: 401 });
    expect(site.identity.asked).toBe(asked + 1);
  });
});

describe('an identity provider that is down', () => {
  const quick = { retryMs: 20, retryMaxMs: 20, restMs: 0 };

  it('from the start leaves other tokens valid, leads to 503 for its own tokens, and is reported by /readyz, which stays green', async () => {
    const port = await findFreePort('127.0.0.1');
    const jwksUrl = `http://127.0.0.1:${port}/jwks`;
    await using site = await openSite({ settings: { jwksUrl }, known: false }, keys.ES256.jwk);
    expect(await claimInBoth(site, theirs())).toMatchObject({
      status: 503,
      error: { data: { code: 'SERVICE_UNAVAILABLE', reason: 'unavailable' } },
      headers: [expect.any(String), expect.any(String), '1', null],
    });
    expect(await claimInBoth(site, userToken('kim'))).toMatchObject({ status: 200 });
    expect(await whoami(site.hot, theirs({ role: 'admin' }))).toMatchObject({ status: 503 });
    const response = await fetch(`${site.hot.url}/readyz`);
    const { checks } = (await response.json()) as { checks: { name: string }[] };
    expect(response.status).toBe(200);
    expect(checks).toContainEqual({
      ...{ name: 'identity_provider', ok: false, required: false },
      detail: expect.stringMatching(/ECONNREFUSED.*get 503/) as string,
    });
  });

  it('has its tokens accepted as soon as it is back, without a restart of the API', async () => {
    await using site = await openSite({ times: quick, known: false });
    expect(await claimInBoth(site, theirs())).toMatchObject({ status: 503 });
    site.identity.publish(keys.ES256.jwk);
    await waitFor(() => site.provider.check().ok, { what: 'the keys to be fetched' });
    expect(await claimInBoth(site, theirs())).toMatchObject({ status: 200 });
  });

  const broken: [string, RequestListener][] = [
    ['500', (_req, res) => void res.writeHead(500).end('oops')],
    ['204', (_req, res) => void res.writeHead(204).end()],
    ['HTML', (_req, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>login</html>')],
    ['half a JSON', (_req, res) => void res.writeHead(200).end('{"keys":[')],
    ['a list', answerJson([keys.RS256.jwk])],
    ['null', answerJson(null)],
    ['no keys', answerJson({ keys: [] })],
    ['keys of other kinds', answerJson({ keys: [{ kty: 'oct', kid: 'ES256', k: 'AAAA' }, null, 7, { kid: 'x' }] })],
    ['too many keys', answerJson({ keys: Array.from({ length: 101 }, () => keys.ES256.jwk) })],
    ['a megabyte', answerJson({ keys: [keys.RS256.jwk], more: 'x'.repeat(1_000_000) })],
    ['a redirect', (_req, res) => void res.writeHead(302, { location: '/jwks?again' }).end()],
    ['a connection that is cut', (req) => void req.socket.destroy()],
    ['a cut in the middle', (req, res) => void (res.write('{"keys":'), setImmediate(() => req.socket.destroy()))],
  ];
  it.each(broken)('or answers %s leaves the known keys in use', async (_name, answer) => {
    await using site = await openSite({ times: { ...quick, refreshMs: 20 } }, keys.ES256.jwk);
    site.identity.answer = answer;
    const { detail } = await waitFor(() => !site.provider.check().ok && site.provider.check(), { what: 'a failure' });
    expect(detail).toMatch(/^the keys can’t be fetched: .+; still using 1 keys/);
    expect(await claimInBoth(site, theirs())).toMatchObject({ status: 200 });
    // The token has an unknown key, so the API asks the provider again. That request also fails, so the answer is 503.
    expect(await claimInBoth(site, signWith(keys.RS256, claims()))).toMatchObject({ status: 503 });
    site.identity.publish(...jwks);
    await waitFor(() => site.provider.check().ok, { what: 'the keys to be fetched' });
    expect(await claimInBoth(site, signWith(keys.RS256, claims()))).toMatchObject({ status: 200 });
  });

  it('or does not answer delays only callers whose tokens need it, and these callers are answered in time', async () => {
    await using site = await openSite({ times: { ...quick, refreshMs: 600_000 } }, keys.ES256.jwk);
    site.identity.answer = () => undefined;
    const waiting = claimInBoth(site, signWith(keys.RS256, claims()));
    expect(await claimInBoth(site, theirs())).toMatchObject({ status: 200 });
    expect(await waiting).toMatchObject({ status: 503 });
  });
});

describe('the key set of an identity provider', () => {
  const named = (document: unknown) => readKeys(document).map(({ kid, algorithm }) => `${kid} ${algorithm}`);

  it('lets each key be used only for what its kind and its own fields allow', () => {
    const rsa = { ...keys.RS256.jwk, alg: undefined };
    const cases: [JsonWebKey, string[]][] = [
      [keys.RS256.jwk, ['RS256 RS256']],
      [{ ...rsa, kid: 'r' }, ['r RS256', 'r PS256']],
      [{ ...rsa, kid: 'r', use: undefined }, ['r RS256', 'r PS256']],
      [{ ...rsa, kid: 'r', use: 'enc' }, []],
      [{ ...rsa, kid: 'r', key_ops: ['verify'] }, ['r RS256', 'r PS256']],
      [{ ...rsa, kid: 'r', key_ops: ['encrypt'] }, []],
      [{ ...rsa, kid: 'r', alg: 'RS512' }, []],
      [{ ...rsa, kid: 'r', alg: 'HS256' }, []],
      [{ ...rsa, kid: 'r', alg: 'RSA-OAEP' }, []],
      [{ ...rsa, kid: undefined }, []],
      [{ ...rsa, kid: 'r', n: 'AQAB' }, []],
      [makeSigningKey('RS256', 'weak', { rsaBits: 1_024 }).jwk, []],
      [{ ...keys.ES256.jwk, crv: 'P-384' }, []],
      [{ ...keys.ES256.jwk, x: keys.ES256.jwk.y ?? '' }, []],
      [{ ...keys.EdDSA.jwk, alg: 'Ed25519' }, ['EdDSA EdDSA']],
      [{ kty: 'oct', kid: 'o', k: Buffer.from(secret).toString('base64url'), alg: 'HS256' }, []],
    ];
    for (const [jwk, expected] of cases) expect({ jwk, keys: named({ keys: [jwk] }) }).toEqual({ jwk, keys: expected });
  });

  it('never reveals a private key, even if the provider publishes one by mistake', () => {
    for (const { privateKey, kid } of Object.values(keys)) {
      const [key] = readKeys({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid }] });
      expect(key?.pem).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    }
  });
});

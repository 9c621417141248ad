import { expect, it } from 'vitest';
import { openIdentityProvider } from '../../api/identity/identity-provider.ts';
import { tokenRefusals } from '../../core/access/token-refusal.ts';
import { catalogue } from '../../core/metrics/catalogue.ts';
import { createLog } from '../../core/runtime/log.ts';
import { callerAt } from './call.ts';
import { makeSigningKey, signWith, startIdentityServer } from './identity-server.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { badTokens, secret, signToken, userToken } from './tokens.ts';

/** Both lanes count refused tokens by reason. The counts say nothing about the senders. */

const now = Math.floor(Date.now() / 1_000);
const exp = now + 3_600;
const rules = { issuer: 'https://login.shop.example', audience: 'firstcome', roleMaxMs: 86_400_000 };
const ours = { sub: 'kim', exp, iss: rules.issuer, aud: rules.audience };

/** How many tokens were refused, for each reason that has occurred. */
async function counted({ url }: TestApi): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = [...text.matchAll(new RegExp(`^${catalogue.tokensRefused.name}\\{reason="(\\w+)"\\} (\\d+)$`, 'gm'))];
  expect(samples.map(([, reason]) => reason).sort()).toEqual([...tokenRefusals].sort());
  return Object.fromEntries(
    samples.map(([, reason = '', total]) => [reason, Number(total)] as const).filter(([, total]) => total > 0),
  );
}

const refused: [reason: string, token: string][] = [
  ['malformed', 'nonsense'],
  ['malformed', signToken(ours, { header: { alg: 'HS512', typ: 'JWT' }, hash: 'sha512' })],
  ['malformed', signToken({ ...ours, exp: String(exp) })],
  ['signature', signToken(ours, { key: 'another secret of 32 bytes or more than that' })],
  ['expired', signToken({ ...ours, exp: now - 1 })],
  ['not_yet', signToken({ ...ours, nbf: exp - 10 })],
  ['no_exp', signToken({ ...ours, exp: undefined })],
  ['bad_sub', signToken({ ...ours, sub: 'kim lee' })],
  ['bad_sub', signToken({ ...ours, sub: undefined })],
  ['issuer', signToken({ ...ours, iss: 'https://other.example' })],
  ['audience', signToken({ ...ours, aud: undefined })],
  ['role_too_long', signToken({ ...ours, role: 'admin', exp: now + 2 * 86_400 })],
];

it.each([
  ['the hot lane', true],
  ['tRPC’s own adapter', false],
])('%s counts a refused token once, under the reason for the refusal', async (_lane, hotLane) => {
  await using api = await openTestApi({ hotLane, tokenRules: rules });
  await callerAt(api.url).mutate('claim.submit', { eventId: 'open' });
  expect(await counted(api)).toEqual({ missing: 1 });
  for (const [reason, token] of refused) {
    const before = await counted(api);
    const reply = await callerAt(api.url, token).mutate('claim.submit', { eventId: 'open' });
    expect([reason, reply.status]).toEqual([reason, 401]);
    expect(await counted(api)).toEqual({ ...before, [reason]: (before[reason] ?? 0) + 1 });
  }
  const before = await counted(api);
  expect((await callerAt(api.url, signToken(ours)).mutate('claim.submit', { eventId: 'open' })).status).toBe(200);
  expect(await counted(api)).toEqual(before);
});

it('an invalid API key is also counted', async () => {
  await using api = await openTestApi();
  for (const key of ['fcfs_unknown', 'fcfs_expired', 'fcfs_revoked', 'fcfs_revoked']) {
    expect((await callerAt(api.url, key).query('admin.whoami')).status).toBe(401);
  }
  expect(await counted(api)).toEqual({ unknown_key: 1, expired_key: 1, revoked_key: 2 });
});

it("neither an API key that can't be checked nor a role that is too low is counted as a refused token", async () => {
  await using api = await openTestApi();
  expect((await callerAt(api.url, 'fcfs_unavailable').query('admin.whoami')).status).toBe(503);
  expect((await callerAt(api.url, userToken('kim')).query('admin.whoami')).status).toBe(403);
  expect(await counted(api)).toEqual({});
});

it('a token that the previous secret signed is counted as expired once it has expired', async () => {
  const previous = 'the secret before, of 32 bytes or more';
  await using api = await openTestApi({ authSecretPrevious: previous });
  await callerAt(api.url, signToken({ sub: 'kim', exp: now - 5 }, { key: previous })).query('claim.list', {});
  expect(await counted(api)).toEqual({ expired: 1 });
});

it('tokens of an identity provider are counted under the same reasons, including a role token without a limited lifetime', async () => {
  const key = makeSigningKey('ES256');
  const stranger = makeSigningKey('ES256', 'stranger');
  await using identity = await startIdentityServer(key.jwk);
  const settings = {
    jwksUrl: identity.url,
    issuer: 'https://id.example',
    audience: 'firstcome',
    userClaim: 'sub',
    roleClaim: 'role',
  };
  const provider = openIdentityProvider({ ...settings, roleMaxMs: 3_600_000 }, createLog('api', 'silent'), {
    restMs: 0,
  });
  await using api = await openTestApi({ identityProvider: provider, authSecret: secret });
  const claims = {
    iss: settings.issuer,
    aud: settings.audience,
    sub: 'kim',
    role: 'admin',
    iat: now,
    exp: now + 3_600,
  };
  const whoami = (signing: typeof key, over: object = {}) =>
    callerAt(api.url, signWith(signing, { ...claims, ...over })).query('admin.whoami');
  expect((await whoami(key)).status).toBe(200);
  for (const over of [{ exp: now - 1 }, { iss: 'x' }, { aud: 'x' }, { nbf: exp }, { exp: now + 3_601 }, { sub: 7 }]) {
    expect((await whoami(key, over)).status).toBe(401);
  }
  expect((await whoami(key, { role: undefined, exp: now + 7_200 })).status).toBe(403);
  expect((await whoami(stranger)).status).toBe(401);
  expect(await counted(api)).toEqual({
    ...{ expired: 1, issuer: 1, audience: 1, not_yet: 1, role_too_long: 1, bad_sub: 1, unknown_signer: 1 },
  });
  await provider.close();
});

it('every kind of bad token is counted under its own reason, and none as an internal error', async () => {
  await using api = await openTestApi();
  const tokens = Object.values(badTokens());
  for (const token of tokens) await callerAt(api.url, token).query('claim.list', {});
  const total = Object.values(await counted(api)).reduce((sum, each) => sum + each, 0);
  expect(total).toBe(tokens.length);
});

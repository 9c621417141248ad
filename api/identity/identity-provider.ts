import { createVerifier } from 'fast-jwt';
import type { TokenRefusal } from '../../core/access/token-refusal.ts';
import { livesTooLong } from '../../core/access/token-rules.ts';
import type { HealthCheck } from '../../core/readiness/health.ts';
import type { Logger } from '../../core/runtime/log.ts';
import type { IdentitySettings } from '../../core/settings/env.ts';
import { livingTooLong, refusalOf } from '../secret-tokens.ts';
import { highestRole, mustBeUserId, unauthorized, type User } from '../token.ts';
import { claimAt } from './claim-at.ts';
import { openKeySet, type KeyName, type KeySetTimes } from './key-set.ts';
import { providerAlgorithms, type ProviderAlgorithm } from './read-keys.ts';
import type { TokenHeader } from './token-header.ts';

/** Takes the tokens of an identity provider, whose public keys are at its `AUTH_JWKS_URL`. */
export type IdentityProvider = {
  /** Whether a token with this header is for its keys to judge. */
  takes(header: TokenHeader): boolean;
  /** The user of a token; null when the provider has to be asked first for the key. Throws `UNAUTHORIZED`. */
  userAtOnce(token: string, header: TokenHeader): User | null;
  /** The user of a token. Throws `UNAUTHORIZED`, and `unavailable` when the provider could not be asked. */
  user(token: string, header: TokenHeader): Promise<User>;
  /** For `/readyz`: never red, because whoever has another kind of token is served. */
  check(): HealthCheck;
  close(): Promise<void>;
};

type Verify = (token: string) => Record<string, unknown>;

/** Begins to fetch the provider's keys, and waits for nothing. */
export function openIdentityProvider(
  settings: IdentitySettings,
  log: Logger,
  times: Partial<KeySetTimes> = {},
): IdentityProvider {
  const { jwksUrl, issuer, audience, userClaim, roleClaim, roleMaxMs } = settings;
  const keySet = openKeySet<Verify>(
    {
      url: jwksUrl,
      log,
      // One verifier for one key and one algorithm: what the token says of its algorithm only chooses among them.
      verifierOf: ({ pem, algorithm }) =>
        createVerifier({
          ...{ key: pem, algorithms: [algorithm], allowedIss: issuer, allowedAud: audience, cache: false },
          requiredClaims: ['exp', 'iss', 'aud'],
        }),
    },
    times,
  );

  const userBy = (verify: Verify | 'absent', token: string): User => {
    if (verify === 'absent') {
      throw unauthorized(
        'unknown_signer',
        'The token is signed with a key that the identity provider does not publish.',
      );
    }
    const payload = payloadOf(verify, token);
    const userId = mustBeUserId(claimAt(payload, userClaim), userClaim);
    const role = highestRole(claimAt(payload, roleClaim));
    if (role !== null && livesTooLong(payload, roleMaxMs, Date.now())) throw livingTooLong(roleMaxMs);
    return { userId, role };
  };

  return {
    takes: ({ alg }) => isProviderAlgorithm(alg),
    userAtOnce: (token, header) => {
      const verify = keySet.find(keyNameOf(header));
      return verify === undefined ? null : userBy(verify, token);
    },
    user: async (token, header) => userBy(await keySet.seek(keyNameOf(header)), token),
    check: () => {
      const { keys, ageMs, problem } = keySet.state();
      const age = ageMs === null ? '' : `${keys} keys, ${Math.round(ageMs / 1_000)} s old`;
      const detail =
        problem === null
          ? age
          : `the keys can’t be fetched: ${problem}; ${age === '' ? 'tokens that need them are answered 503' : `kept: ${age}`}`;
      return { name: 'identity_provider', ok: problem === null, required: false, detail };
    },
    close: () => keySet.close(),
  };
}

function keyNameOf({ alg, kid }: TokenHeader): KeyName {
  if (kid === undefined) throw unauthorized('malformed', 'The token does not name its key (kid).');
  if (isProviderAlgorithm(alg)) return { kid, algorithm: alg };
  throw unauthorized('malformed', 'The token is not valid.');
}

function payloadOf(verify: Verify, token: string): Record<string, unknown> {
  try {
    return verify(token);
  } catch (err) {
    const reason = refusalOf(err);
    throw unauthorized(reason, describeRefusal(reason));
  }
}

/** fast-jwt looks at the signature before it looks at the claims, so only an honest token hears what is wrong with it. */
function describeRefusal(reason: TokenRefusal): string {
  switch (reason) {
    case 'expired':
      return 'The token has expired.';
    case 'not_yet':
      return 'The token is not good yet (nbf).';
    case 'issuer':
    case 'audience':
    case 'no_exp':
      return 'The token is not for this API: its iss, aud or exp is missing, or is not the expected one.';
    default:
      return 'The token is not valid.';
  }
}

const isProviderAlgorithm = (alg: string): alg is ProviderAlgorithm =>
  (providerAlgorithms as readonly string[]).includes(alg);

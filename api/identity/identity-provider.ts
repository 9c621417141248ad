import { createVerifier } from 'fast-jwt';
import { livesTooLong } from '../../core/access/token-rules.ts';
import type { HealthCheck } from '../../core/readiness/health.ts';
import type { Logger } from '../../core/runtime/log.ts';
import type { IdentitySettings } from '../../core/settings/env.ts';
import { livingTooLong, refusalOf, refusedFor } from '../secret-tokens.ts';
import { unauthorized } from '../token-refusal.ts';
import { highestRole, mustBeUserId, type User } from '../token.ts';
import { claimAt } from './claim-at.ts';
import { openKeySet, type KeyName, type KeySetTimes } from './key-set.ts';
import { providerAlgorithms, type ProviderAlgorithm } from './read-keys.ts';
import type { TokenHeader } from './token-header.ts';

/** Accepts tokens from the identity provider whose public keys are at `AUTH_JWKS_URL`. */
export type IdentityProvider = {
  /** Whether a token with this header must be verified with the provider's keys. */
  takes(header: TokenHeader): boolean;
  /** Returns a token's user, or null if the key must first be fetched from the provider. Throws `UNAUTHORIZED`. */
  userAtOnce(token: string, header: TokenHeader): User | null;
  /** Resolves to a token's user. Throws `UNAUTHORIZED`, or `unavailable` if the keys could not be fetched. */
  user(token: string, header: TokenHeader): Promise<User>;
  /**
   * The state for `/readyz`. This check never turns `/readyz` red, because callers with other kinds of tokens are still
   * served.
   */
  check(): HealthCheck;
  close(): Promise<void>;
};

type Verify = (token: string) => Record<string, unknown>;

/** Starts fetching the provider's keys without waiting for them. */
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
      // Each verifier has one key and one algorithm, so the token's own algorithm header can only select a verifier.
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
      throw unauthorized('unknown_signer');
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
          : `the keys can’t be fetched: ${problem}; ${age === '' ? 'calls with such tokens get 503' : `still using ${age}`}`;
      return { name: 'identity_provider', ok: problem === null, required: false, detail };
    },
    close: () => keySet.close(),
  };
}

function keyNameOf({ alg, kid }: TokenHeader): KeyName {
  if (kid === undefined) throw unauthorized('malformed', { keyName: 'missing' });
  if (isProviderAlgorithm(alg)) return { kid, algorithm: alg };
  throw unauthorized('malformed', { keyName: 'given' });
}

function payloadOf(verify: Verify, token: string): Record<string, unknown> {
  try {
    return verify(token);
  } catch (err) {
    throw refusedFor(refusalOf(err));
  }
}

const isProviderAlgorithm = (alg: string): alg is ProviderAlgorithm =>
  (providerAlgorithms as readonly string[]).includes(alg);

import { LRUCache } from 'lru-cache';
import { say } from '../../core/messages/message.ts';
import { Fault } from '../../core/runtime/fault.ts';
import type { Logger } from '../../core/runtime/log.ts';
import { inAnswerTime } from '../../core/runtime/within.ts';
import { fetchKeys } from './fetch-keys.ts';
import type { ProviderAlgorithm, ProviderKey } from './read-keys.ts';

/** The key that a token names. */
export type KeyName = { kid: string; algorithm: ProviderAlgorithm };

export type KeySetState = {
  keys: number;
  /** The time since the keys were last fetched; null if they never were. */
  ageMs: number | null;
  /** Why the last attempt failed; null if it succeeded. */
  problem: string | null;
};

export type KeySet<Verifier> = {
  /**
   * Returns a key's verifier; `absent` if the provider recently did not have the key; undefined if the provider must be
   * asked.
   */
  find(name: KeyName): Verifier | 'absent' | undefined;
  /**
   * Asks the provider for a key. Resolves to the key's verifier or `absent`. Throws `unavailable` if the provider
   * doesn't answer, or if the pause before the next request has not ended.
   */
  seek(name: KeyName): Promise<Verifier | 'absent'>;
  state(): KeySetState;
  close(): Promise<void>;
};

export type KeySetTimes = {
  /** How often the keys are fetched again, so that keys that the provider has withdrawn are refused. */
  refreshMs: number;
  /**
   * The pause after an answer before the provider is asked again. Even tokens that name unknown keys don't shorten it.
   */
  restMs: number;
  /** The pause after a failure; between background fetches it doubles with each further failure. */
  retryMs: number;
  retryMaxMs: number;
  /** How long a key that the provider doesn't have is remembered as absent. */
  absentMs: number;
};

const defaultTimes: KeySetTimes = {
  refreshMs: 600_000,
  restMs: 5_000,
  retryMs: 1_000,
  retryMaxMs: 60_000,
  absentMs: 30_000,
};
const absentMax = 1_000;

/**
 * Holds the keys at `url`, fetches them in the background, and keeps the fetched keys while the provider is down. At
 * most one request is in progress, however many tokens need it.
 */
export function openKeySet<Verifier>(
  { url, verifierOf, log }: { url: string; verifierOf: (key: ProviderKey) => Verifier; log: Logger },
  times: Partial<KeySetTimes> = {},
): KeySet<Verifier> {
  const { refreshMs, restMs, retryMs, retryMaxMs, absentMs } = { ...defaultTimes, ...times };
  const closing = new AbortController();
  let verifiers: Verifiers<Verifier> = new Map();
  let fetchedAtMs: number | null = null;
  let problem: string | null = 'it has not answered yet';
  let failures = 0;
  let mayAskAtMs = 0;
  let underWay: Promise<boolean> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const absent = new LRUCache<string, true>({ max: absentMax, ttl: absentMs });

  const nextIn = (ms: number): void => {
    clearTimeout(timer);
    if (!closing.signal.aborted) timer = setTimeout(() => void refresh(), ms).unref();
  };

  const refresh = (): Promise<boolean> => {
    underWay ??= fetchOnce().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  async function fetchOnce(): Promise<boolean> {
    try {
      const keys = await fetchKeys(url, closing.signal);
      verifiers = verifiersOf(keys, verifierOf);
      fetchedAtMs = performance.now();
      if (problem !== null)
        log.info({ event: 'key_set_fetched', keys: keys.length }, 'fetched the keys of the identity provider');
      problem = null;
      failures = 0;
      mayAskAtMs = performance.now() + restMs;
      nextIn(refreshMs);
      return true;
    } catch (err) {
      if (closing.signal.aborted) return false;
      const reason = err instanceof Error ? err.message : String(err);
      if (failures === 0 || reason !== problem) {
        const kept = fetchedAtMs === null ? 'there are none yet' : 'still using the keys fetched earlier';
        log.warn({ event: 'key_set_not_fetched', reason }, `can't fetch the keys at AUTH_JWKS_URL; ${kept}`);
      }
      problem = reason;
      failures += 1;
      mayAskAtMs = performance.now() + retryMs;
      nextIn(Math.min(retryMs * 2 ** (failures - 1), retryMaxMs));
      return false;
    }
  }

  const find: KeySet<Verifier>['find'] = ({ kid, algorithm }) => {
    const ofKey = verifiers.get(kid);
    // The provider has the key, but for a different algorithm, so it isn't asked again.
    if (ofKey !== undefined) return ofKey.get(algorithm) ?? 'absent';
    return absent.has(kid) ? 'absent' : undefined;
  };

  void refresh();
  return {
    find,
    seek: async (key) => {
      const known = find(key);
      if (known !== undefined) return known;
      // A request that was already in progress may return keys from before the provider created this token's key.
      const asksAnew = underWay === undefined;
      if (asksAnew && performance.now() < mayAskAtMs) throw undecided();
      const answered = await inAnswerTime(refresh(), undecidedMessage);
      const found = find(key);
      if (found !== undefined) return found;
      if (!answered || !asksAnew) throw undecided();
      absent.set(key.kid, true);
      return 'absent';
    },
    state: () => ({
      keys: verifiers.size,
      ageMs: fetchedAtMs === null ? null : performance.now() - fetchedAtMs,
      problem,
    }),
    close: async () => {
      closing.abort();
      clearTimeout(timer);
      await underWay;
    },
  };
}

type Verifiers<Verifier> = ReadonlyMap<string, ReadonlyMap<ProviderAlgorithm, Verifier>>;

/** Verifiers by `kid` and algorithm. If two keys have the same `kid` and algorithm, the first one counts. */
function verifiersOf<Verifier>(
  keys: readonly ProviderKey[],
  verifierOf: (key: ProviderKey) => Verifier,
): Verifiers<Verifier> {
  const verifiers = new Map<string, Map<ProviderAlgorithm, Verifier>>();
  for (const key of keys.toReversed()) {
    const ofKey = verifiers.get(key.kid) ?? new Map<ProviderAlgorithm, Verifier>();
    verifiers.set(key.kid, ofKey.set(key.algorithm, verifierOf(key)));
  }
  return verifiers;
}

/** The message must not say that the token is invalid: a client would then discard a good token. */
const undecidedMessage = say('signer_unknown');

const undecided = (): Fault => new Fault('unavailable', undecidedMessage);

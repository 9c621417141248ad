import { LRUCache } from 'lru-cache';
import { Fault } from '../../core/runtime/fault.ts';
import type { Logger } from '../../core/runtime/log.ts';
import { inAnswerTime } from '../../core/runtime/within.ts';
import { fetchKeys } from './fetch-keys.ts';
import type { ProviderAlgorithm, ProviderKey } from './read-keys.ts';

/** Which key a token wants. */
export type KeyName = { kid: string; algorithm: ProviderAlgorithm };

/** What is known of the provider's keys. */
export type KeySetState = {
  keys: number;
  /** How long ago they were fetched; null: never. */
  ageMs: number | null;
  /** Why the last attempt failed; null when it did not. */
  problem: string | null;
};

export type KeySet<Verifier> = {
  /** The verifier of a key; `absent` when the provider said lately that it has none; undefined when it must be asked. */
  find(name: KeyName): Verifier | 'absent' | undefined;
  /** The same, after the provider was asked. Throws `unavailable` when it could not be, or not yet again. */
  seek(name: KeyName): Promise<Verifier | 'absent'>;
  state(): KeySetState;
  close(): Promise<void>;
};

export type KeySetTimes = {
  /** How often the keys are fetched anew, so that one which the provider took back is refused. */
  refreshMs: number;
  /** For so long after an answer the provider is not asked again, whatever keys tokens name. */
  restMs: number;
  /** The same after a failure; it doubles with each further one that nobody waits for. */
  retryMs: number;
  retryMaxMs: number;
  /** For so long a key that the provider does not have is known to be absent. */
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
 * Holds the keys at `url`: fetched in the background from now on, kept when the provider is down. Nobody waits for the
 * first answer but tokens that need it, and one request at a time is under way, however many tokens do.
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
      if (problem !== null) log.info({ event: 'key_set_fetched', keys: keys.length }, 'the keys of tokens are known');
      problem = null;
      failures = 0;
      mayAskAtMs = performance.now() + restMs;
      nextIn(refreshMs);
      return true;
    } catch (err) {
      if (closing.signal.aborted) return false;
      const reason = err instanceof Error ? err.message : String(err);
      if (failures === 0 || reason !== problem) {
        const kept = fetchedAtMs === null ? 'none are known yet' : 'those that are known are kept';
        log.warn({ event: 'key_set_not_fetched', reason }, `the keys at AUTH_JWKS_URL can't be had; ${kept}`);
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
    // A key that is known is not asked for again because a token would use it for something else.
    if (ofKey !== undefined) return ofKey.get(algorithm) ?? 'absent';
    return absent.has(kid) ? 'absent' : undefined;
  };

  void refresh();
  return {
    find,
    seek: async (key) => {
      const known = find(key);
      if (known !== undefined) return known;
      // What is under way was asked for before this token came, and may be answered from before its key was there.
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

/** By kid and algorithm. Of two keys that share both, the first counts. */
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

/** Not that the token is bad: whoever hears that throws it away. */
const undecidedMessage =
  'Whether the token is good can’t be told at the moment: its key is not known here, and the identity provider could ' +
  'not be asked. Keep the token, and try again shortly.';

const undecided = (): Fault => new Fault('unavailable', undecidedMessage);

import type { ApiKeyRow } from '../mysql/api-key-rows.ts';

/** The API keys, as MySQL had them a moment ago. */
export interface KeyRing {
  /** The key, where it is known without asking anybody; undefined for one that is not, which `seek` can tell. */
  known(id: string): ApiKeyRow | undefined;
  /** The key as MySQL has it; null: it has none. Throws what the reading throws. */
  seek(id: string): Promise<ApiKeyRow | null>;
}

type Keys = ReadonlyMap<string, ApiKeyRow>;
/** A reading that has not begun: whoever asks until then gets what it finds. */
type NextReading = { asked: Set<string>; keys: Promise<Keys> };

/** For so long a process goes by what it read: a revoked key is refused everywhere after that. */
const goodForMs = 3_000;
/** Older than that it is read again while it is still good, so that nobody waits for it. */
const freshForMs = 2_000;
/** Whatever ids are asked for, the next reading begins that long after the one before. */
const readEveryMs = 100;
/** So many of the ids that nobody knows are looked for among the revoked keys, to say that they were revoked. */
const askedMax = 100;

/**
 * Keeps all live keys at hand. `read` gives these, and of the ids that it gets those that are revoked. It is called once at a
 * time, at most ten times a second however many made-up keys come in, and not at all while nobody asks. A key that is known
 * needs no reading; one that is not waits for a reading that begins after it was asked for, so a new key works at once.
 */
export function createKeyRing(read: (asked: string[]) => Promise<ApiKeyRow[]>): KeyRing {
  let keys: Keys = new Map();
  let readAtMs = -Infinity;
  let begunLastMs = -Infinity;
  let running: Promise<Keys> | null = null;
  let next: NextReading | null = null;

  async function readAll(asked: Set<string>): Promise<Keys> {
    const begunAtMs = performance.now();
    const rows = await read([...asked]);
    keys = new Map(rows.map((row) => [row.id, row]));
    // From when it began: what is revoked while it is under way, it may not have seen.
    readAtMs = begunAtMs;
    return keys;
  }

  /** Waits for its turn, then reads. */
  async function inTurn(asked: Set<string>): Promise<Keys> {
    await running?.catch(() => undefined);
    await pause(begunLastMs + readEveryMs - performance.now());
    next = null;
    begunLastMs = performance.now();
    const reading = readAll(asked);
    running = reading;
    try {
      return await reading;
    } finally {
      if (running === reading) running = null;
    }
  }

  function nextReading(): NextReading {
    if (next !== null) return next;
    const asked = new Set<string>();
    const reading = { asked, keys: inTurn(asked) };
    // Whoever waits for it hears of a failure.
    reading.keys.catch(() => undefined);
    next = reading;
    return reading;
  }

  function known(id: string): ApiKeyRow | undefined {
    const ageMs = performance.now() - readAtMs;
    if (ageMs >= goodForMs) return undefined;
    if (ageMs >= freshForMs) nextReading();
    return keys.get(id);
  }

  return {
    known,
    seek: async (id) => {
      // The reading under way may have it. That it has not says nothing: the key may be newer.
      await running?.catch(() => undefined);
      const found = known(id);
      if (found !== undefined) return found;
      const reading = nextReading();
      if (reading.asked.size < askedMax) reading.asked.add(id);
      return (await reading.keys).get(id) ?? null;
    },
  };
}

const pause = (ms: number): Promise<void> =>
  ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));

import type { ApiKeyRow } from './api-key-rows.ts';

/** The API keys, as MySQL had them a moment ago. */
export interface KeyRing {
  /** The key if it is in memory. If it is undefined, call `seek`. */
  known(id: string): ApiKeyRow | undefined;
  /** The key as MySQL has it; null if MySQL has no such key. Throws what `read` throws. */
  seek(id: string): Promise<ApiKeyRow | null>;
}

type Keys = ReadonlyMap<string, ApiKeyRow>;
/** A reading that has not begun. Calls that arrive before it begins share its result. */
type NextReading = { asked: Set<string>; keys: Promise<Keys> };

/** How long a reading is valid. After this time, every process refuses a revoked key. */
const goodForMs = 3_000;
/** A reading older than this is renewed in the background, while it is still valid, so that no caller waits. */
const freshForMs = 2_000;
/** The shortest pause between the starts of two readings. */
const readEveryMs = 100;
/**
 * How many unknown ids one reading also looks up among the revoked keys, so that a revoked key is reported as revoked,
 * not as unknown.
 */
const askedMax = 100;

/**
 * Keeps all unrevoked keys in memory. `read` returns them, and the revoked keys among the given ids. Runs one `read` at
 * a time and at most ten a second, however many made-up keys come in, and none while no key is checked. A key in memory
 * needs no reading. An unknown key waits for a reading that begins after the request, so a new key works at once.
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
    // The age of a reading counts from its start, because the reading may miss a revocation that happens while it runs.
    readAtMs = begunAtMs;
    return keys;
  }

  /** Waits until no other reading runs and the pause is over, then reads. */
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
    // The callers that wait for this reading handle its failure.
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
      // The running reading may find the key. If that reading does not find the key, the key may have been made after
      // the reading began.
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

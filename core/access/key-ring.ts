import type { ApiKeyRow } from './api-key-rows.ts';

/** The API keys, as MySQL had them a moment ago. */
export interface KeyRing {
  /** The key if it is in memory, else undefined; then ask `seek`. */
  known(id: string): ApiKeyRow | undefined;
  /** The key as MySQL has it, or null. Throws what `read` throws. */
  seek(id: string): Promise<ApiKeyRow | null>;
}

type Keys = ReadonlyMap<string, ApiKeyRow>;
/** A reading that has not begun. Every caller until then gets its result. */
type NextReading = { asked: Set<string>; keys: Promise<Keys> };

/** How long a process trusts a reading: after that a revoked key is refused everywhere. */
const goodForMs = 3_000;
/** A reading is renewed while it is still valid, so that nobody waits for it. */
const freshForMs = 2_000;
/** The shortest pause between two readings, whatever ids are asked for. */
const readEveryMs = 100;
/** How many unknown ids are looked up among the revoked keys, so that the answer can say "revoked". */
const askedMax = 100;

/**
 * Keeps all live keys in memory. `read` returns them, and which of the given ids are revoked. It runs one call at a time,
 * at most ten a second however many made-up keys come in, and none while nobody asks. A known key needs no reading. An
 * unknown one waits for a reading that begins after the request, so a new key works at once.
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
    // Counted from its start, because it may miss a key that is revoked while it runs.
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
    // Its waiters get the failure.
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
      // The running reading may find it. If it doesn't, that proves nothing, because the key may be newer.
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

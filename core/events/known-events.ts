import { LRUCache } from 'lru-cache';
import { say } from '../messages/message.ts';
import type { Sessions } from '../mysql/sessions.ts';
import { Fault, withoutStack } from '../runtime/fault.ts';
import { eventExists, newestEventIds } from './event-ids.ts';
import { createLookupBudget } from './lookup-budget.ts';
import { noEvent } from './no-event.ts';

/**
 * The events that this process knows to exist. Anybody can make up event ids, so every public look-up of an event
 * checks here before it queries MySQL.
 */
export type KnownEvents = {
  has(eventId: string): boolean;
  /** Remembers an event that was found in one of the stores. */
  add(eventId: string): void;
  /** Resolves if the event exists. Throws `not_found`, `unavailable`, or `LookupRefused`. */
  require(eventId: string): Promise<void>;
};

/** How many unknown ids a process looks up per second. A real crowd costs one look-up per event. */
export const lookupsPerSecond = 100;
/** MySQL connections reserved for these look-ups, so that no other query waits behind the look-up of a made-up id. */
export const lookupConnections = 2;
/** How long a look-up waits for one of these connections. */
export const lookupWaitMs = 500;

/**
 * How many ids are remembered; an id takes about 100 bytes. With more ids, the least recently used ones are forgotten,
 * and looked up again when requested.
 */
const knownMax = 20_000;
const newestOften = 1_000;
const newestAtFirst = 10_000;
/**
 * How often the newest ids are read while the budget is used up; a new event is found within this time plus the time of
 * a query.
 */
const readEveryMs = 500;
/**
 * If the last read is older than this, the next one reads `newestAtFirst` ids, because there may be more new events
 * than `newestOften`.
 */
const readAfreshMs = 10_000;

/** Too many unknown ids were requested, so this one was not looked up. */
export class LookupRefused extends Fault {
  constructor(eventId: string) {
    super('busy', say('lookups_refused', { eventId }));
    this.name = 'LookupRefused';
  }
}

/**
 * Remembers the ids of events that exist. Looks up an unknown id in MySQL, within a budget for the whole process.
 * Callers who ask for the same id at the same time share one look-up. If the budget is used up, reads the ids of the
 * newest events instead, with one query every 500 ms, so that a crowd finds its event even while somebody exhausts the
 * budget with made-up ids.
 */
export function createKnownEvents(sessions: Sessions, budget = createLookupBudget(lookupsPerSecond)): KnownEvents {
  const known = new LRUCache<string, true>({ max: knownMax });
  const underWay = new Map<string, Promise<void>>();
  const newest = createNewestReader(sessions, add);

  return { has: (eventId) => known.has(eventId), add, require };

  function add(eventId: string): void {
    known.set(eventId, true);
  }

  function require(eventId: string): Promise<void> {
    if (known.get(eventId) === true) return Promise.resolve();
    const same = underWay.get(eventId);
    if (same !== undefined) return same;
    const looked = (budget.take() ? lookUp(eventId) : lookAmongNewest(eventId)).finally(() => underWay.delete(eventId));
    underWay.set(eventId, looked);
    return looked;
  }

  async function lookUp(eventId: string): Promise<void> {
    let exists: boolean;
    try {
      // All look-ups share one owner, which gets half of the connections, so the query for the newest ids never waits
      // behind look-ups.
      exists = await sessions.use((session) => eventExists(session, eventId), { owner: 'look-ups' });
    } catch (err) {
      if (isBusy(err)) return lookAmongNewest(eventId);
      throw err;
    }
    if (!exists) throw withoutStack(() => noEvent(eventId));
    add(eventId);
  }

  async function lookAmongNewest(eventId: string): Promise<void> {
    await newest.catchUp();
    if (!known.has(eventId)) throw withoutStack(() => new LookupRefused(eventId));
  }
}

const isBusy = (err: unknown): boolean => err instanceof Fault && err.code === 'busy';

/** Reads the ids of the newest events when asked, at most every 500 ms. */
function createNewestReader(sessions: Sessions, add: (eventId: string) => void) {
  let reading: Promise<void> | undefined;
  let begunMs = -Infinity;
  let readMs = -Infinity;

  const read = async (): Promise<void> => {
    const atMs = performance.now();
    const limit = atMs - readMs > readAfreshMs ? newestAtFirst : newestOften;
    begunMs = atMs;
    const ids = await sessions.use((session) => newestEventIds(session, limit));
    // Adds the newest id last, so that it is kept longest.
    for (const eventId of ids.toReversed()) add(eventId);
    readMs = atMs;
  };

  return {
    /**
     * Starts a read if one is due. Waits for the read only if the last read was long ago, because an unknown id may
     * then belong to a new event.
     */
    catchUp: async (): Promise<void> => {
      if (reading === undefined && performance.now() - begunMs >= readEveryMs) {
        reading = read().finally(() => {
          reading = undefined;
        });
        reading.catch(() => undefined);
      }
      if (performance.now() - readMs > readAfreshMs) await reading;
    },
  };
}

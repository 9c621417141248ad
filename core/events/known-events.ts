import { LRUCache } from 'lru-cache';
import type { Sessions } from '../mysql/sessions.ts';
import { Fault, withoutStack } from '../runtime/fault.ts';
import { eventExists, newestEventIds } from './event-ids.ts';
import { createLookupBudget } from './lookup-budget.ts';
import { noEvent } from './no-event.ts';

/**
 * Which events exist, as far as this process knows. Anybody can make up event ids, and each would cost MySQL a query. So
 * every public look-up of an event in MySQL asks here first.
 */
export type KnownEvents = {
  has(eventId: string): boolean;
  /** Remembers an event that was met in one of the stores. */
  add(eventId: string): void;
  /** Resolves if there is such an event. Throws `not_found`, `unavailable`, or `LookupRefused`. */
  require(eventId: string): Promise<void>;
};

/** Look-ups of unknown ids that a process makes in a second; it needs one for each event that it serves, once. */
export const lookupsPerSecond = 100;
/** MySQL connections reserved for them, so that nothing else waits behind a made-up id. */
export const lookupConnections = 2;
/** How long a look-up waits for one of these connections. */
export const lookupWaitMs = 500;

/** An id takes about 100 bytes. Beyond that, those met longest ago are forgotten and looked up again. */
const knownMax = 20_000;
const newestOften = 1_000;
const newestAtFirst = 10_000;
/** A new event is found within this time and a query. */
const readEveryMs = 500;
/** After a longer pause, more events may be new than `newestOften` covers. */
const readAfreshMs = 10_000;

/** Too many unknown ids: this one was not looked up. */
export class LookupRefused extends Fault {
  constructor(eventId: string) {
    super(
      'busy',
      `Too many unknown event ids are being requested, so ${eventId} was not looked up. Try again shortly.`,
    );
    this.name = 'LookupRefused';
  }
}

/**
 * Ids of events that exist are remembered. An unknown one is looked up in MySQL, once however many ask for it at once,
 * within a budget for the whole process. When that is used up, the newest events are read instead, with one query every 500
 * ms. So a crowd finds its event while somebody burns the budget, and made-up ids cost MySQL no more than that.
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
      // One owner for all: it has half of the connections, so that the reader of the newest ids never waits behind them.
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

/** Reads the ids of the newest events, at most every 500 ms, and only when it is asked to. */
function createNewestReader(sessions: Sessions, add: (eventId: string) => void) {
  let reading: Promise<void> | undefined;
  let begunMs = -Infinity;
  let readMs = -Infinity;

  const read = async (): Promise<void> => {
    const atMs = performance.now();
    const limit = atMs - readMs > readAfreshMs ? newestAtFirst : newestOften;
    begunMs = atMs;
    const ids = await sessions.use((session) => newestEventIds(session, limit));
    // The newest last, so that they are kept longest.
    for (const eventId of ids.toReversed()) add(eventId);
    readMs = atMs;
  };

  return {
    /** Waits only for a first read, or for one after a long pause: before it, an old event is as unknown as a made-up one. */
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

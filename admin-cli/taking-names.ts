import { limits } from '../core/events/event.ts';
import { noEvent } from '../core/events/no-event.ts';
import { Fault } from '../core/runtime/fault.ts';
import { allEvents } from './all-events.ts';
import type { RemoteAdmin } from './api-client.ts';
import { oneLine } from './plain-text.ts';
import { UsageError } from './usage-error.ts';

/** The form of generated ids. Text in this form is never looked up as a name. */
const madeId = /^ev_[A-Za-z0-9_-]{12}$/;

/** Functions that return an empty answer for an unknown event instead of an error. */
const silentAboutUnknown = new Set<keyof RemoteAdmin>(['listAudit', 'findClaims']);

type Ask = (...asked: unknown[]) => Promise<unknown>;
const isAsk = (value: unknown): value is Ask => typeof value === 'function';

/**
 * Wraps `admin` so that callers can name an event by its name, if only one event has that name. An id takes precedence.
 * Text that may be an id is first sent unchanged, so that commands with ids need no extra call. Throws a `UsageError`
 * with the ids if several events have the name, and `not_found` if none has.
 */
export function takingNames(admin: RemoteAdmin): RemoteAdmin {
  const known = new Map<string, string>();
  const takingName =
    (name: string, ask: Ask): Ask =>
    async (input, ...more) => {
      const text = eventOf(input);
      if (text === undefined || text.trim() === '' || madeId.test(text)) return ask(input, ...more);
      let unknown: unknown = noEvent(oneLine(text));
      if (!known.has(text) && limits.eventId.test(text)) {
        try {
          if (silentAboutUnknown.has(name as keyof RemoteAdmin)) await admin.get(text);
          return await ask(input, ...more);
        } catch (error) {
          if (!saysNoEvent(error, text)) throw error;
          unknown = error;
        }
      }
      const id = known.get(text) ?? (await findByName(admin, text));
      if (id === null) throw unknown;
      known.set(text, id);
      return ask(typeof input === 'string' ? id : { ...(input as object), eventId: id }, ...more);
    };
  return Object.fromEntries(
    Object.entries<unknown>(admin).flatMap(([name, ask]): [string, Ask][] =>
      isAsk(ask) ? [[name, takingName(name, ask)]] : [],
    ),
  ) as unknown as RemoteAdmin;
}

/** The event in the input, as the user typed it. */
function eventOf(input: unknown): string | undefined {
  if (typeof input === 'string') return input;
  const eventId = typeof input === 'object' && input !== null && 'eventId' in input ? input.eventId : undefined;
  return typeof eventId === 'string' ? eventId : undefined;
}

/** An API of an earlier version sends only the message. */
const saysNoEvent = (error: unknown, eventId: string): boolean =>
  error instanceof Fault &&
  error.code === 'not_found' &&
  (error.problem === null ? error.message === `There is no event ${eventId}.` : error.problem.code === 'no_event');

async function findByName(admin: RemoteAdmin, text: string): Promise<string | null> {
  const ids: string[] = [];
  for await (const { eventId, name } of allEvents(admin)) if (name === text) ids.push(eventId);
  const [only = null, ...others] = ids;
  if (others.length === 0) return only;
  throw new UsageError(`${ids.length} events are called '${oneLine(text)}'. Give the id of one: ${ids.join(', ')}.`);
}

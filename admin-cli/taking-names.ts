import { limits } from '../core/events/event.ts';
import { noEvent } from '../core/events/no-event.ts';
import { Fault } from '../core/runtime/fault.ts';
import { allEvents } from './all-events.ts';
import type { RemoteAdmin } from './api-client.ts';
import { oneLine } from './plain-text.ts';
import { UsageError } from './usage-error.ts';

/** As the API makes them: no look-up is needed to know what such a text means. */
const madeId = /^ev_[A-Za-z0-9_-]{12}$/;

type Ask = (...asked: unknown[]) => Promise<unknown>;
const isAsk = (value: unknown): value is Ask => typeof value === 'function';

/**
 * The same functions, but the event may be given by its name too, where only one has it; an id wins. Throws `UsageError` with
 * the ids when several have the name, and `not_found` when none has.
 */
export function takingNames(admin: RemoteAdmin): RemoteAdmin {
  const known = new Map<string, string>();
  const idOf = async (text: string): Promise<string> => {
    if (madeId.test(text) || text.trim() === '') return text;
    const id = known.get(text) ?? (await findEvent(admin, text));
    known.set(text, id);
    return id;
  };
  const withId = async (input: unknown): Promise<unknown> => {
    if (typeof input === 'string') return idOf(input);
    const eventId = typeof input === 'object' && input !== null && 'eventId' in input ? input.eventId : undefined;
    return typeof eventId === 'string' ? { ...(input as object), eventId: await idOf(eventId) } : input;
  };
  return Object.fromEntries(
    Object.entries<unknown>(admin).flatMap(([name, ask]): [string, Ask][] =>
      isAsk(ask) ? [[name, async (...[input, ...more]) => ask(await withId(input), ...more)]] : [],
    ),
  ) as unknown as RemoteAdmin;
}

async function findEvent(admin: RemoteAdmin, text: string): Promise<string> {
  if (limits.eventId.test(text) && (await exists(admin, text))) return text;
  const ids: string[] = [];
  for await (const { eventId, name } of allEvents(admin)) if (name === text) ids.push(eventId);
  const [only, ...others] = ids;
  if (only === undefined) throw noEvent(oneLine(text));
  if (others.length === 0) return only;
  throw new UsageError(`${ids.length} events are called '${oneLine(text)}'. Give the id of one: ${ids.join(', ')}.`);
}

async function exists(admin: RemoteAdmin, eventId: string): Promise<boolean> {
  try {
    await admin.get(eventId);
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') return false;
    throw error;
  }
}

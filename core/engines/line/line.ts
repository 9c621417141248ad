import { findEvent } from '../../events/event-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import type { KnownEvents } from '../../events/known-events.ts';
import { noEvent } from '../../events/no-event.ts';
import { say } from '../../messages/message.ts';
import { holdAnswers, rememberBriefly } from '../../runtime/briefly.ts';
import { asUnavailable } from '../../runtime/fault.ts';
import { inAnswerTime } from '../../runtime/within.ts';
import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import { KnownStrategies } from '../known-strategies.ts';
import type { SealedEntries, ServedUser } from './event-line.ts';
import { emptyLine } from './gate-line.ts';
import type { LineState } from './line-state.ts';

/** What people can do with the waiting lines of events. Each method throws as `Claims.submit` does. */
export interface Line {
  /** Puts the user at the end of the line. A user who is in it already keeps the place. */
  join(eventId: string, userId: string): Promise<ServedUser>;
  look(eventId: string, userId: string): Promise<ServedUser>;
  /** Gives the user's place or pass up. */
  leave(eventId: string, userId: string): Promise<ServedUser>;
  /** The line as it was at most half a second ago. All callers share one read. */
  serving(eventId: string): Promise<LineState>;
  /** Calls whoever is next. Resolves to the line as it is after that. */
  advance(eventId: string): Promise<LineState>;
  /** The order of a shuffled line after its seal, in parts. */
  entries(eventId: string, after: number, limit: number): Promise<SealedEntries>;
}

const servingHoldMs = holdAnswers(500);
const linesKnownMax = 10_000;
const unknown = say('line_unknown');

/** Opens the lines of a process: each call goes to its event's strategy. */
export function createLine(
  stores: Stores,
  strategies: ReadonlyMap<StrategyName, ClaimStrategy>,
  events: KnownEvents,
): Line {
  const known = new KnownStrategies(stores, strategies, events);
  /** Events of a strategy that has no lines. */
  const noLine = rememberBriefly(
    async (eventId: string): Promise<LineState> => {
      const event = await findEvent(stores.db, eventId).catch((err: unknown) => {
        throw asUnavailable(err, unknown);
      });
      if (event === null) throw noEvent(eventId);
      return emptyLine({ ...event, line: 'off' }, stores.clock.nowMs(eventId), 0);
    },
    { holdMs: holdAnswers(1_000), keysMax: linesKnownMax },
  );

  const serve = (eventId: string, call: 'join' | 'leave' | 'look', userId: string): Promise<ServedUser> =>
    inAnswerTime(
      known.ask(eventId, async (strategy) => {
        if (strategy.line !== undefined) return strategy.line.serve(eventId, call, userId);
        return { state: await noLine(eventId), place: { status: 'off' }, entry: null } satisfies ServedUser;
      }),
      unknown,
    );
  const advance = async (eventId: string): Promise<LineState> => {
    for (;;) {
      const { state, more } = await known.ask(eventId, async (strategy) =>
        strategy.line === undefined ? { state: await noLine(eventId), more: false } : strategy.line.advance(eventId),
      );
      if (!more) return state;
    }
  };

  return {
    join: (eventId, userId) => serve(eventId, 'join', userId),
    look: (eventId, userId) => serve(eventId, 'look', userId),
    leave: (eventId, userId) => serve(eventId, 'leave', userId),
    serving: rememberBriefly((eventId) => inAnswerTime(advance(eventId), unknown), {
      holdMs: servingHoldMs,
      keysMax: linesKnownMax,
    }),
    advance,
    entries: (eventId, after, limit) =>
      inAnswerTime(
        known.ask(eventId, async (strategy) =>
          strategy.line === undefined
            ? { state: await noLine(eventId), entries: [] }
            : strategy.line.entries(eventId, after, limit),
        ),
        unknown,
      ),
  };
}

import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { findRetiredClaim } from '../../claims/retired-round.ts';
import { findEvent, type EventRow } from '../../events/event-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import { noEvent } from '../../events/no-event.ts';
import { eventPhase } from '../../events/phase.ts';
import { say } from '../../messages/message.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import type { Elsewhere } from '../elsewhere.ts';
import { createClaimQueue, type Waiting } from '../gated/claim-queue.ts';
import type { GateAway, GateSession, GateSessions } from '../gated/gate-sessions.ts';
import { createQueuePerEvent } from '../gated/queue-per-event.ts';
import type { EventLine, SealedEntries, ServedUser } from './event-line.ts';
import { entryOf, serveLine, shuffleScore, type LineCall, type ServedLine } from './line-scripts.ts';
import type { LineState, Place } from './line-state.ts';

/** The most users that one run of the script serves, so that it takes well under 2 ms. */
const batchMax = 128;
/**
 * How many may be in an event's line. A person takes about 130 bytes of Redis's memory, so a full line takes 65 MB, and
 * a shuffled one up to 15 MB more.
 */
const waitingMaxDefault = 500_000;
/** How long a pass lasts. */
const passMs = 180_000;
const seedsKnownMax = 10_000;
/** A joiner's order is computed again if the seed turns out to be another one. */
const attemptsMax = 3;

/** What a user wants of the line. */
type Wish = { call: LineCall['call']; userId: string };
type Answer = ServedUser | Elsewhere;
type Call = Waiting<Wish, Answer>;
type GateLineOptions = { strategy: StrategyName; waitingMax?: number };

/** The lines of events whose gate decides: they are in the gate's slot, and only a trusted gate serves them. */
export const createGateLine = (stores: Stores, gates: GateSessions, options: GateLineOptions): EventLine =>
  new GateLine(stores, gates, options);

class GateLine implements EventLine {
  readonly #stores: Stores;
  readonly #gates: GateSessions;
  readonly #strategy: StrategyName;
  readonly #waitingMax: number;
  /** The seeds of lines that will be shuffled, by event. */
  readonly #seeds = new LRUCache<string, string>({ max: seedsKnownMax });
  readonly #push = createQueuePerEvent((eventId) =>
    createClaimQueue<Wish, Answer>(batchMax, (batch) => this.#serveBatch(eventId, batch)),
  );

  constructor(stores: Stores, gates: GateSessions, { strategy, waitingMax = waitingMaxDefault }: GateLineOptions) {
    this.#stores = stores;
    this.#gates = gates;
    this.#strategy = strategy;
    this.#waitingMax = waitingMax;
  }

  serve(eventId: string, call: Wish['call'], userId: string): Promise<Answer> {
    return this.#push(eventId, { call, userId });
  }

  async advance(eventId: string): Promise<{ state: LineState; more: boolean } | Elsewhere> {
    const served = await this.#lookAt(eventId);
    if (!('away' in served)) return { state: served.state, more: served.calledNow >= moreAt };
    const { away } = served;
    if (away.kind === 'elsewhere') return { status: 'elsewhere', strategy: away.strategy };
    return { state: await stateWithoutGate(this.#stores, eventId, away, this.#waitingMax), more: false };
  }

  async entries(eventId: string, after: number, limit: number): Promise<SealedEntries | Elsewhere> {
    const served = await this.#lookAt(eventId);
    if ('away' in served) {
      const { away } = served;
      if (away.kind === 'elsewhere') return { status: 'elsewhere', strategy: away.strategy };
      return { state: await stateWithoutGate(this.#stores, eventId, away, this.#waitingMax), entries: [] };
    }
    const { state, session } = served;
    if (state.sealedAtMs === null) return { state, entries: [] };
    const { client } = this.#stores.redis.of(eventId);
    const users = await client.lrange(session.keys.sealed, after, after + limit - 1);
    return { state, entries: users.map((userId) => entryOf(session.coder, userId)) };
  }

  /** Serves nobody, which calls whoever is next. */
  #lookAt(eventId: string): Promise<{ away: GateAway } | Served> {
    return this.#serve(eventId, []).catch((err: unknown) => {
      throw this.#gates.undecided(eventId, err);
    });
  }

  async #serveBatch(eventId: string, batch: Call[]): Promise<{ unanswered: unknown } | null> {
    try {
      let calls = batch;
      for (let attempt = 0; attempt < attemptsMax && calls.length > 0; attempt += 1) {
        const wishes = calls.map(({ item }) => item);
        const served = await this.#serve(eventId, wishes);
        if ('away' in served) {
          await this.#answerWithoutGate(eventId, served.away, calls);
          return null;
        }
        calls = answerCalls(served, calls);
      }
      for (const { reject } of calls) reject(new Fault('unavailable', say('event_changing', { eventId })));
      return null;
    } catch (err) {
      const fault = this.#gates.undecided(eventId, err);
      for (const { reject } of batch) reject(fault);
      return fault.code === 'unavailable' ? { unanswered: fault } : null;
    }
  }

  /** Throws `gate_lost` if Redis has lost part of the line. */
  async #serve(eventId: string, wishes: readonly Wish[]): Promise<{ away: GateAway } | Served> {
    const { roster, acks, logged } = this.#stores;
    const asked = await this.#gates.ask(eventId, async (session, runId, { client }) => {
      if (!roster.mayPromise(runId)) await roster.enter();
      const knownSeed = this.#seeds.get(eventId) ?? '';
      const calls = wishes.map(({ call, userId }) => ({
        ...{ call, userId },
        score: call === 'join' && knownSeed !== '' ? shuffleScore(knownSeed, entryOf(session.coder, userId)) : 0,
      }));
      const gate = { round: session.round, runId, strategy: this.#strategy };
      const newSeed = randomBytes(32).toString('hex');
      return serveLine(client, session.keys, gate, { waitingMax: this.#waitingMax, passMs, newSeed, knownSeed }, calls);
    });
    if ('away' in asked) return asked;
    const { reply, session, link } = asked;
    if (reply.kind === 'line_lost') throw lineLost(this.#stores, eventId);
    logged.clear(lineLostKey(eventId));
    const { state, places, calledNow } = reply;
    if (state.seed !== null && state.sealedAtMs === null) this.#seeds.set(eventId, state.seed);
    else this.#seeds.delete(eventId);
    // A place or a pass that somebody is about to learn of must be on the replicas, as a claim must.
    if (acks.wanted > 0 && wishes.length > 0) await acks.ofAll(link, eventId);
    return { state, places, session, calledNow };
  }

  async #answerWithoutGate(eventId: string, away: GateAway, calls: readonly Call[]): Promise<void> {
    if (away.kind === 'elsewhere') {
      for (const { resolve } of calls) resolve({ status: 'elsewhere', strategy: away.strategy });
      return;
    }
    const state = await stateWithoutGate(this.#stores, eventId, away, this.#waitingMax);
    const isWinner = async (userId: string): Promise<boolean> =>
      away.kind === 'retired' && (await findRetiredClaim(this.#stores.db, away.event, userId)) !== null;
    const answer = async ({ call, userId }: Wish): Promise<Answer> => ({
      ...{ state, entry: null },
      place: placeWithoutGate(state, call, await isWinner(userId)),
    });
    await Promise.all(calls.map(({ item, resolve, reject }) => answer(item).then(resolve, reject)));
  }
}

/** Answers calls. Returns those whose order has to be computed with another seed. */
function answerCalls({ state, places, session }: Served, calls: readonly Call[]): Call[] {
  return calls.filter(({ item: { userId }, resolve }, at) => {
    const place = places[at] ?? 'again';
    if (place === 'again') return true;
    resolve({ state, place, entry: state.seed === null ? null : entryOf(session.coder, userId) });
    return false;
  });
}

/** How many people `serve-line.lua` calls at most; there may be more to call after that many. */
const moreAt = 1_000;

type Served = Pick<ServedLine, 'state' | 'places' | 'calledNow'> & { session: GateSession };

const lineLostKey = (eventId: string): string => `line lost ${eventId}`;

function lineLost({ log, logged }: Stores, eventId: string): Fault {
  if (logged.isNew(lineLostKey(eventId), 'lost')) {
    log.error(
      { event: 'line_lost', eventId },
      `Redis lost part of the line of event ${eventId}: nobody can claim there until an operator turns the line off`,
    );
  }
  return lineLostFault(eventId);
}

/** The fault for calls that depend on a line that Redis has lost. */
export const lineLostFault = (eventId: string): Fault => new Fault('gate_lost', say('line_lost', { eventId }));

function placeWithoutGate({ phase }: LineState, call: Wish['call'], isWinner: boolean): Place {
  if (isWinner) return { status: 'has_coupon' };
  if (phase === 'off') return { status: 'off' };
  if (call !== 'join') return { status: 'out' };
  return { status: phase === 'closed' || phase === 'sold_out' ? phase : 'not_open' };
}

async function stateWithoutGate(
  stores: Stores,
  eventId: string,
  away: Exclude<GateAway, { kind: 'elsewhere' }>,
  waitingMax: number,
): Promise<LineState> {
  const event = away.kind === 'retired' ? away.event : await findEvent(stores.db, eventId);
  if (event === null) throw noEvent(eventId);
  return emptyLine(event, stores.clock.nowMs(eventId), waitingMax);
}

/** The line of a round that is not in Redis, or of an event without a line. */
export function emptyLine(event: EventRow, nowMs: number, waitingMax: number): LineState {
  const { line, lineOpensAtMs, admitPerSecond, admitPercent, currentRound, roundRow } = event;
  const { stock, opensAtMs, closedAtMs, retiredAtMs, retiredCounter } = roundRow;
  const order = line ?? 'off';
  const remaining = Math.max(0, stock - (retiredCounter ?? 0));
  const issued = retiredAtMs === null ? 0 : stock;
  const phase = eventPhase({ ...roundRow, closed: closedAtMs !== null, issued }, nowMs);
  return {
    ...{ round: currentRound, order, serving: 0, waiting: 0, waitingMax, pace: null, opensAtMs, lineOpensAtMs, nowMs },
    phase: order === 'off' ? 'off' : phase === 'closed' || phase === 'sold_out' ? phase : 'not_open',
    remaining: order === 'off' ? null : remaining,
    ...{ seed: null, sealedAtMs: null, perSecond: admitPerSecond, percent: admitPercent ?? 100 },
    ...{ joined: 0, left: 0, called: 0, used: 0, inUse: 0 },
  };
}

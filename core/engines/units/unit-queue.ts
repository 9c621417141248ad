import type { Redis } from 'ioredis';
import type { StrategyName } from '../../events/event.ts';
import { say } from '../../messages/message.ts';
import type { GateTrouble } from '../../gate/gate-scripts.ts';
import { Fault } from '../../runtime/fault.ts';
import { createProgress, silentAfterMs } from '../../runtime/progress.ts';
import { attributeNames, spanNames } from '../../tracing/names.ts';
import { activeSpan, traced, withSpan } from '../../tracing/span.ts';
import type { Observer } from '../../stores/observer.ts';
import type { ClaimAnswer } from '../claim-strategy.ts';
import { createClaimQueue, decideUsersMax, type ClaimQueue, type Waiting } from '../gated/claim-queue.ts';
import { refusal, toClaim, type GateSession, type GateSessions } from '../gated/gate-sessions.ts';
import { traceDecision } from '../gated/trace-batch.ts';
import type { Attempt, TakenUnits } from './unit-scripts.ts';
import type { UnitWriter } from './unit-writer.ts';

/** How often to ask the gate again while calls wait for the outcome of other processes' units. */
const lookEveryMs = 25;

type Wish = { userId: string; askedAtMs: number };
type Call = Waiting<Wish, ClaimAnswer>;

export type UnitQueueOptions = {
  eventId: string;
  strategy: StrategyName;
  gates: GateSessions;
  /** Asks a gate for at most `unitsMax` units, for these users. */
  take: (
    session: GateSession,
    gate: { runId: string; client: Redis },
    asked: { unitsMax: number; users: readonly string[] },
  ) => Promise<TakenUnits | GateTrouble>;
  /**
   * Opens the writer that stores units in MySQL. The writer calls `onProgress` when it can take another unit, and when
   * a unit is settled or returned.
   */
  openWriter: (onProgress: () => void) => UnitWriter;
  /** How long a claim may wait for its turn. */
  claimWaitMs: number;
  observe: Pick<Observer, 'claimBatch'>;
};

/**
 * Queues the claims of one event in one process. Asks the gate about all users, in batches, and answers users who have
 * a claim or are refused. The gate gives only as many units as can be written to MySQL now. The other calls wait, in
 * order of arrival, for a free connection or, if no number is left, for the outcome of the last units. One of those
 * units may be returned, so "sold out" is answered only once all units are settled. A call that is undecided when its
 * wait ends gets `busy`.
 */
export class UnitQueue {
  readonly #options: UnitQueueOptions;
  readonly #queue: ClaimQueue<Wish, ClaimAnswer>;
  readonly #writer: UnitWriter;
  readonly #asking = createProgress();
  /** Calls that wait for their turn. */
  #deferred: Call[] = [];
  /** How many calls at the head of the queue were deferred before. */
  #putBack = 0;
  /** How many deferred calls can expect an answer when the gate is asked again. */
  #answerable = 0;
  #looking: NodeJS.Timeout | undefined;

  constructor(options: UnitQueueOptions) {
    this.#options = options;
    this.#queue = createClaimQueue<Wish, ClaimAnswer>(decideUsersMax, (batch) =>
      traceDecision(batch, options, () => this.#decideBatch(batch)),
    );
    this.#writer = options.openWriter(() => this.#look());
  }

  push(userId: string): Promise<ClaimAnswer> {
    return this.#queue.push({ userId, askedAtMs: performance.now() });
  }

  get length(): number {
    return this.#queue.length + this.#deferred.length;
  }

  async #decideBatch(batch: Call[]): Promise<{ unanswered: unknown } | null> {
    const { eventId, gates, observe } = this.#options;
    observe.claimBatch(batch.length);
    const again = this.#putBack;
    this.#putBack = 0;
    try {
      await this.#ask(batch, again);
      const { free } = this.#writer;
      this.#admit(this.#answerable === Infinity ? decideUsersMax : Math.min(this.#answerable, free));
      if (this.#deferred.length > 0) this.#lookSoon();
      return null;
    } catch (err) {
      const fault = gates.undecided(eventId, err);
      activeSpan()?.fail(fault);
      for (const { reject } of batch) reject(fault);
      if (fault.code !== 'unavailable') return null;
      // The queue rejects every call that it still holds, including those that were put back.
      this.#putBack = 0;
      for (const { reject } of this.#deferred.splice(0)) reject(fault);
      return { unanswered: fault };
    }
  }

  /**
   * Asks the gate about a batch, and answers every call that can be answered. The first `again` calls of the batch were
   * deferred before.
   */
  async #ask(batch: Call[], again: number): Promise<void> {
    const { eventId, gates, take } = this.#options;
    let askedAtMs = performance.now();
    const users = batch.map(({ item }) => item.userId);
    const asked = await gates.ask(eventId, (session, runId, { client }) => {
      askedAtMs = performance.now();
      const { free } = this.#writer;
      // The gate is also asked about newcomers, but must not give them units that deferred calls wait for.
      const unitsMax = this.#deferred.length > 0 ? Math.min(free, again) : free;
      return this.#asking.follow(take(session, { runId, client }, { unitsMax, users }));
    });
    if ('away' in asked) return gates.answerWithoutGate(asked.away, batch, ({ userId }) => userId);
    const { session, reply: taken } = asked;
    const later = this.#handOut(session, taken, batch, askedAtMs);
    this.#deferred.unshift(...batch.slice(0, again).filter((call) => later.has(call)));
    this.#deferred.push(...batch.slice(again).filter((call) => later.has(call)));
    if (taken.phase === 'open') this.#answerable = taken.left;
    else this.#answerable = later.size > 0 ? 0 : Infinity;
  }

  /** Answers every call that can be answered; returns the others. */
  #handOut(session: GateSession, taken: TakenUnits, batch: Call[], askedAtMs: number): Set<Call> {
    const later = new Set<Call>();
    batch.forEach((call, i) => {
      const result = taken.results[i] ?? { kind: 'later' };
      switch (result.kind) {
        case 'held':
          call.resolve({ status: 'issued', ...toClaim(session, call.item.userId, result), replayed: true });
          break;
        case 'refused':
          call.resolve(refusal(result.phase, taken));
          break;
        case 'unit':
          // Each unit is written as part of its own call, not of the batch.
          void withSpan(call.span, () => this.#write(session, result.unit, call, askedAtMs));
          break;
        case 'later':
          later.add(call);
      }
    });
    return later;
  }

  async #write(session: GateSession, unit: Attempt, call: Call, askedAtMs: number): Promise<void> {
    try {
      const span = () => ({ attributes: { [attributeNames.serial]: unit.number } });
      const written = await traced(spanNames.store, span, () => this.#writer.write(session, unit, askedAtMs));
      if (written.kind === 'issued') {
        call.resolve({ status: 'issued', ...written.claim, replayed: written.replayed });
        return;
      }
      this.#deferred.unshift(call);
      this.#lookSoon();
    } catch (err) {
      call.reject(err);
    }
  }

  /** Puts the first deferred calls back into the queue, so that the next batch asks about `count` of them. */
  #admit(count: number): void {
    const calls = this.#deferred.splice(0, Math.max(0, Math.min(count, decideUsersMax) - this.#putBack));
    if (calls.length === 0) return;
    this.#queue.putBack(calls, this.#putBack);
    this.#putBack += calls.length;
  }

  /** Asks the gate about as many calls as may now get a unit, but at least one. */
  #look(): void {
    this.#admit(Math.max(1, Math.min(this.#answerable, this.#writer.free)));
  }

  #lookSoon(): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      const nowMs = performance.now();
      const waits = ({ item }: Call) => nowMs - item.askedAtMs < this.#options.claimWaitMs;
      for (const call of this.#deferred) if (!waits(call)) call.reject(this.#timeoutFault());
      this.#deferred = this.#deferred.filter(waits);
      if (this.#deferred.length === 0) return;
      this.#look();
      this.#lookSoon();
    }, lookEveryMs);
  }

  #timeoutFault(): Fault {
    const silentMs = silentAfterMs(this.#options.claimWaitMs);
    if (this.#asking.stuckFor(silentMs)) return redisSilent();
    return this.#writer.silentFor(silentMs) ? mysqlSilent() : tooLong();
  }
}

const redisSilent = (): Fault => new Fault('unavailable', say('redis_silent'));

const mysqlSilent = (): Fault => new Fault('unavailable', say('winners_unstorable'));

const tooLong = (): Fault => new Fault('busy', say('last_units_unsettled'));

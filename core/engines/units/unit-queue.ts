import { randomUUID } from 'node:crypto';
import type { StrategyName } from '../../events/event.ts';
import { Fault } from '../../runtime/fault.ts';
import { createProgress, silentAfterMs } from '../../runtime/progress.ts';
import type { Stores } from '../../stores/stores.ts';
import type { ClaimAnswer } from '../claim-strategy.ts';
import { createClaimQueue, decideUsersMax, type Waiting } from '../gated/claim-queue.ts';
import { refusal, toClaim, type GateSession, type GateSessions } from '../gated/gate-sessions.ts';
import { takeUnits, type Attempt, type TakenUnits } from './unit-scripts.ts';
import { createUnitWriter } from './unit-writer.ts';

/** Other processes' units are looked at this often while somebody waits here for what becomes of them. */
const lookEveryMs = 25;

type Wish = { userId: string; askedAtMs: number };
type Call = Waiting<Wish, ClaimAnswer>;

export type UnitQueueOptions = {
  stores: Stores;
  gates: GateSessions;
  eventId: string;
  /** Whose lane it is: only gates of this strategy give it units. */
  strategy: StrategyName;
  /** Whether a user is given one unit at a time, or one a call. */
  oneUnitAUser: boolean;
};

/**
 * The claims of one event in one process. Everybody is asked about at once, in batches: who has a claim or is refused is
 * answered. Units are taken only for as many as can be written to MySQL now, and the others wait for their turn, first
 * those who came first: for a free connection, or, when no number is left, for what becomes of the last units, because
 * one may come back, and "sold out" is said only when all are settled. A wait that ends undecided is `busy`.
 */
export function createUnitQueue({ stores, gates, eventId, strategy, oneUnitAUser }: UnitQueueOptions) {
  const { redis, observe, claimWaitMs, claimConnections } = stores;
  const queue = createClaimQueue<Wish, ClaimAnswer>(decideUsersMax, decideBatch);
  // No more than an event may have of the connections.
  const slotsMax = Math.ceil(claimConnections / 2);
  const writer = createUnitWriter(stores, { eventId, strategy, slotsMax, onProgress: look });
  const asking = createProgress();
  let deferred: Call[] = [];
  /** How many of those who are next in the queue were deferred before. */
  let putBack = 0;
  /** How many of the deferred can expect an answer when they are asked about again. */
  let answerable = 0;
  let looking: NodeJS.Timeout | undefined;

  return {
    push: (userId: string): Promise<ClaimAnswer> => queue.push({ userId, askedAtMs: performance.now() }),
    get length() {
      return queue.length + deferred.length;
    },
  };

  async function decideBatch(batch: Call[]): Promise<{ unanswered: unknown } | null> {
    observe.claimBatch(batch.length);
    const again = putBack;
    putBack = 0;
    try {
      let askedAtMs = performance.now();
      const users = batch.map(({ item }) => item.userId);
      const asked = await gates.ask(eventId, ({ keys, round }, runId) => {
        askedAtMs = performance.now();
        const callId = oneUnitAUser ? '' : randomUUID();
        // Newcomers are asked about, too, but nobody of them may have what others wait for.
        const unitsMax = deferred.length > 0 ? Math.min(writer.free, again) : writer.free;
        return asking.follow(takeUnits(redis.client, keys, { round, runId, strategy }, { unitsMax, callId, users }));
      });
      if ('away' in asked) {
        await gates.answerWithoutGate(asked.away, batch, ({ userId }) => userId);
      } else {
        const { session, reply: taken } = asked;
        const later = handOut(session, taken, batch, askedAtMs);
        deferred.unshift(...batch.slice(0, again).filter((call) => later.has(call)));
        deferred.push(...batch.slice(again).filter((call) => later.has(call)));
        if (taken.phase === 'open') answerable = taken.left;
        else answerable = later.size > 0 ? 0 : Infinity;
      }
      admit(answerable === Infinity ? decideUsersMax : Math.min(answerable, writer.free));
      if (deferred.length > 0) lookSoon();
      return null;
    } catch (err) {
      const fault = gates.undecided(eventId, err);
      for (const { reject } of batch) reject(fault);
      if (fault.code !== 'unavailable') return null;
      // The queue rejects those who were put back meanwhile, with all others in it.
      putBack = 0;
      for (const { reject } of deferred.splice(0)) reject(fault);
      return { unanswered: fault };
    }
  }

  /** Answers everybody who can be; returns the others. */
  function handOut(session: GateSession, taken: TakenUnits, batch: Call[], askedAtMs: number): Set<Call> {
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
          void write(session, result.unit, call, askedAtMs);
          break;
        case 'later':
          later.add(call);
      }
    });
    return later;
  }

  async function write(session: GateSession, unit: Attempt, call: Call, askedAtMs: number): Promise<void> {
    try {
      const written = await writer.write(session, unit, askedAtMs);
      if (written.kind === 'issued') {
        call.resolve({ status: 'issued', ...written.claim, replayed: written.replayed });
        return;
      }
      deferred.unshift(call);
      lookSoon();
    } catch (err) {
      call.reject(err);
    }
  }

  /** Puts the first of the deferred back into the queue, so that `count` of them are asked about with the next batch. */
  function admit(count: number): void {
    const calls = deferred.splice(0, Math.max(0, Math.min(count, decideUsersMax) - putBack));
    if (calls.length === 0) return;
    queue.putBack(calls, putBack);
    putBack += calls.length;
  }

  /** Something may have changed: asks about as many as may now get a unit, and about one in any case. */
  function look(): void {
    admit(Math.max(1, Math.min(answerable, writer.free)));
  }

  function whyInVain(): Fault {
    const silentMs = silentAfterMs(claimWaitMs);
    if (asking.stuckFor(silentMs)) return redisSilent();
    return writer.silentFor(silentMs) ? mysqlSilent() : tooLong();
  }

  function lookSoon(): void {
    looking ??= setTimeout(() => {
      looking = undefined;
      const nowMs = performance.now();
      const waits = ({ item }: Call) => nowMs - item.askedAtMs < claimWaitMs;
      for (const call of deferred) if (!waits(call)) call.reject(whyInVain());
      deferred = deferred.filter(waits);
      if (deferred.length === 0) return;
      look();
      lookSoon();
    }, lookEveryMs);
  }
}

const redisSilent = (): Fault =>
  new Fault('unavailable', 'Redis is not answering: nothing was decided. Try again shortly.');

const mysqlSilent = (): Fault =>
  new Fault(
    'unavailable',
    'MySQL is not answering, and winners are stored there: nothing was decided. Try again shortly.',
  );

const tooLong = (): Fault =>
  new Fault('busy', 'Others are being served, and the last coupons are not settled yet. Try again shortly.');

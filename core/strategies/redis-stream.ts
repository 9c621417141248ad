import type { Claim, ClaimOutcome, HeldClaim } from '../claim.ts';
import { openCoder, type Coder } from '../code.ts';
import { Fault, asUnavailable } from '../fault.ts';
import type { Gatekeeper, GateStanding } from '../gatekeeper.ts';
import { roundKeys } from '../keys.ts';
import type { DrainAsker } from '../jobs.ts';
import {
  decideClaims,
  decideUsersMax,
  findClaimInRedis,
  type Decided,
  type GateTrouble,
} from '../redis/gate-scripts.ts';
import { readGate } from '../redis/gate.ts';
import { findRetiredClaim, retiredOutcome } from '../retired-round.ts';
import type { Stores } from '../stores.ts';
import { createClaimQueue, type ClaimQueue, type Waiting } from './claim-queue.ts';
import type { ClaimStrategy } from './strategy.ts';

/** More than this many claims waiting for one event in one process means that Redis can't keep up: say so at once. */
const waitingMax = 20_000;
/** A gate can be asked again after it was seeded, trusted or reset; more than this in a row means that it keeps changing. */
const attemptsMax = 4;
/** Queues of events that nobody has claimed from for longest are dropped above this. */
const queuesMax = 10_000;

/** The round that a process believes an event to be in. */
type Session = { round: number; coder: Coder; keys: ReturnType<typeof roundKeys> };

/**
 * One atomic script decides a batch of claims and writes the outbox in the same step; a worker moves the outbox to MySQL.
 *
 * Pro: one Redis call and one fsync for many claims, no MySQL on the claim path, nothing between deciding and handing
 * over that a crash could tear. Con: a claim is in MySQL only moments later, and it is as durable as Redis's
 * append-only file until then.
 */
export function createRedisStream(stores: Stores, gatekeeper: Gatekeeper, drains: DrainAsker): ClaimStrategy {
  const { redis, observe, clock } = stores;
  const queues = new Map<string, ClaimQueue<ClaimOutcome>>();
  const sessions = new Map<string, Session>();

  return {
    claim: (eventId, userId) => {
      const queue = queues.get(eventId) ?? addQueue(eventId);
      if (queue.length >= waitingMax) {
        return Promise.reject(
          new Fault('overloaded', `More than ${waitingMax} claims are waiting. Try again shortly.`),
        );
      }
      return queue.push(userId);
    },

    find: (eventId, userId) =>
      withGate<HeldClaim | null>(
        eventId,
        async (session, runId) => {
          const found = await findClaimInRedis(redis.client, session.keys, session.round, runId, userId);
          if (found.kind === 'none') return { answer: null };
          if (found.kind !== 'found') return found;
          return { answer: { ...toClaim(session, userId, found), state: found.state } };
        },
        (standing) => (standing.kind === 'retired' ? findRetiredClaim(stores.db, standing.event, userId) : null),
      ),
  };

  function addQueue(eventId: string): ClaimQueue<ClaimOutcome> {
    if (queues.size >= queuesMax) {
      for (const [idle, queue] of queues) {
        if (queue.length > 0) continue;
        queues.delete(idle);
        sessions.delete(idle);
        break;
      }
    }
    const queue = createClaimQueue<ClaimOutcome>(decideUsersMax, (batch) => decideBatch(eventId, batch));
    queues.set(eventId, queue);
    return queue;
  }

  async function decideBatch(eventId: string, batch: Waiting<ClaimOutcome>[]): Promise<{ unanswered: Fault } | null> {
    observe.claimBatch(batch.length);
    try {
      await withGate(
        eventId,
        async (session, runId) => {
          const users = batch.map(({ userId }) => userId);
          const decided = await decideClaims(redis.client, session.keys, session.round, runId, users);
          if (decided.kind !== 'decided') return decided;
          if (decided.issuedCount > 0) drains.ask(eventId, session.round);
          answerBatch(session, decided, batch);
          return { answer: undefined };
        },
        (standing) => answerWithoutGate(standing, batch),
      );
      return null;
    } catch (err) {
      const fault = err instanceof Fault ? err : undecided(eventId, err);
      for (const { reject } of batch) reject(fault);
      return fault.code === 'unavailable' ? { unanswered: fault } : null;
    }
  }

  /** Without a gate everybody of the batch gets an answer of their own, because a retired round looks each one up. */
  async function answerWithoutGate(standing: Exclude<GateStanding, { kind: 'ready' }>, batch: Waiting<ClaimOutcome>[]) {
    const answers = batch.map(async ({ userId, resolve, reject }) => {
      try {
        resolve(await outcomeWithoutGate(standing, userId));
      } catch (err) {
        reject(asUnavailable(err, 'This round is in MySQL, which is unreachable. Try again shortly.'));
      }
    });
    await Promise.all(answers);
  }

  async function outcomeWithoutGate(
    standing: Exclude<GateStanding, { kind: 'ready' }>,
    userId: string,
  ): Promise<ClaimOutcome> {
    switch (standing.kind) {
      case 'early':
        return { status: 'not_open', opensAtMs: standing.opensAtMs, serverTimeMs: clock.nowMs() };
      case 'closed':
        return { status: 'closed' };
      case 'retired':
        return retiredOutcome(stores.db, standing.event, userId, clock.nowMs());
    }
  }

  /**
   * Asks the gate of the round that the event is believed to be in, and asks again after finding out why it could not
   * answer. `ask` is never repeated after Redis failed to answer, because then it may have been done.
   */
  async function withGate<Answer>(
    eventId: string,
    ask: (session: Session, runId: string) => Promise<{ answer: Answer } | GateTrouble>,
    answerWithout: (standing: Exclude<GateStanding, { kind: 'ready' }>) => Promise<Answer> | Answer,
  ): Promise<Answer> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const runId = redis.runId();
      if (runId === undefined)
        throw new Fault('unavailable', 'Redis is unreachable: nothing was decided. Try again shortly.');
      const session = sessions.get(eventId) ?? (await openSession(eventId));
      const result = session === null ? { kind: 'no_gate' as const } : await ask(session, runId);
      if ('answer' in result) return result.answer;
      sessions.delete(eventId);
      if (result.kind === 'round') continue;
      const standing = await gatekeeper.standing(eventId);
      if (standing.kind !== 'ready') return await answerWithout(standing);
    }
    throw new Fault('unavailable', `Event ${eventId} keeps changing: nothing was decided. Try again shortly.`);
  }

  async function openSession(eventId: string): Promise<Session | null> {
    const gate = await readGate(redis.client, eventId);
    if (gate === null) return null;
    const session = { round: gate.round, coder: openCoder(gate.codeKey), keys: roundKeys(eventId, gate.round) };
    // `claim.mine` opens sessions of events that have no queue here.
    const oldest = sessions.keys().next();
    if (sessions.size >= queuesMax && !oldest.done) sessions.delete(oldest.value);
    sessions.set(eventId, session);
    return session;
  }

  function undecided(eventId: string, cause: unknown): Fault {
    stores.log.warn({ event: 'claims_undecided', eventId, err: cause }, 'Redis did not answer a batch of claims');
    return new Fault('unavailable', 'Redis did not answer in time: the claim may exist. Ask again, it is safe.', {
      cause,
    });
  }
}

function answerBatch(session: Session, decided: Decided, batch: Waiting<ClaimOutcome>[]): void {
  const refused = refusal(decided);
  decided.decisions.forEach(({ held }, i) => {
    const waiting = batch[i];
    if (waiting === undefined) return;
    if (held === null) waiting.resolve(refused);
    else waiting.resolve({ status: 'issued', ...toClaim(session, waiting.userId, held), replayed: held.replayed });
  });
}

function refusal({ refusal: phase, opensAtMs, nowMs }: Decided): ClaimOutcome {
  return phase === 'scheduled' ? { status: 'not_open', opensAtMs, serverTimeMs: nowMs } : { status: phase };
}

function toClaim(session: Session, userId: string, held: { serial: number; claimedAtMs: number }): Claim {
  return {
    serial: held.serial,
    code: session.coder(held.serial, userId),
    claimedAtMs: held.claimedAtMs,
    round: session.round,
  };
}

import { LRUCache } from 'lru-cache';
import { say } from '../../messages/message.ts';
import type { Claim, ClaimOutcome, OwnClaim } from '../../claims/claim.ts';
import { openCoder, type Coder } from '../../claims/code.ts';
import { findRetiredClaim, retiredOutcome } from '../../claims/retired-round.ts';
import type { GateTrouble } from '../../gate/gate-scripts.ts';
import { roundKeys } from '../../redis/keys.ts';
import type { RedisLink } from '../../redis/open-redis.ts';
import { isRedirectReply, isReplicaReply } from '../../redis/primary.ts';
import { Fault, asUnavailable } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import type { ClaimAnswer, Elsewhere } from '../claim-strategy.ts';
import type { Gatekeeper, GateStanding } from '../gate-standing.ts';
import type { Waiting } from './claim-queue.ts';
import { readGateThatLacksNothing } from './lacking-gate.ts';
import { refuseReplacedPrimary } from './newcomer.ts';

/**
 * A gate is asked again after it was seeded, trusted or reset. After this many attempts in a row, the call gives up.
 */
const attemptsMax = 4;
/** With more rounds, the least recently used ones are dropped. */
const sessionsMax = 10_000;

/** The round that a process believes an event is in, as read from the Redis with the id `openedAt`. */
export type GateSession = { round: number; coder: Coder; keys: ReturnType<typeof roundKeys>; openedAt: string };

/** Why an event's gate can't be asked. */
export type GateAway = Exclude<GateStanding, { kind: 'ready' }>;

/** Asks gates, and answers for events whose gate can't be asked. */
export type GateSessions = {
  /**
   * Asks the gate of the event's current round. If the gate can't answer, finds out why and asks again, unless the
   * event uses a different strategy. Never repeats a `call` that Redis did not answer, because Redis may have executed
   * it. `call` must use `link`: `runId` is that server's id, and another server must not decide under that id. Throws
   * `unavailable`, `not_found` or `gate_lost`.
   */
  ask<Reply extends object>(
    eventId: string,
    call: (session: GateSession, runId: string, link: RedisLink) => Promise<Reply | GateTrouble>,
  ): Promise<{ session: GateSession; reply: Reply; runId: string; link: RedisLink } | { away: GateAway }>;
  /**
   * Answers each call of a batch separately, because in a retired round each user's claim has to be looked up. If a
   * call can't be answered, rejects it with a `Fault`.
   */
  answerWithoutGate<Item>(
    away: GateAway,
    batch: readonly Waiting<Item, ClaimAnswer>[],
    userOf: (item: Item) => string,
  ): Promise<void>;
  /** A user's claim, if there is no gate to ask. */
  claimWithoutGate(away: GateAway, userId: string): Promise<OwnClaim | Elsewhere | null>;
  /** The fault for calls that Redis did not answer, or that could not be sent. */
  undecided(eventId: string, cause: unknown): Fault;
};

export const createGateSessions = (stores: Stores, gatekeeper: Gatekeeper): GateSessions =>
  new RememberedSessions(stores, gatekeeper);

class RememberedSessions implements GateSessions {
  readonly #stores: Stores;
  readonly #gatekeeper: Gatekeeper;
  readonly #sessions = new LRUCache<string, GateSession>({ max: sessionsMax });

  constructor(stores: Stores, gatekeeper: Gatekeeper) {
    this.#stores = stores;
    this.#gatekeeper = gatekeeper;
  }

  async ask<Reply extends object>(
    eventId: string,
    call: (session: GateSession, runId: string, link: RedisLink) => Promise<Reply | GateTrouble>,
  ): Promise<{ session: GateSession; reply: Reply; runId: string; link: RedisLink } | { away: GateAway }> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const link = this.#stores.redis.of(eventId);
      const runId = link.runId();
      if (runId === undefined) throw new Fault('unavailable', say('redis_away'));
      const known = this.#sessions.get(eventId);
      const session = known?.openedAt === runId ? known : await this.#open(eventId, link, runId);
      if (session !== null) {
        const reply = await call(session, runId, link);
        if (!isTrouble(reply)) return { session, reply, runId, link };
        this.#sessions.delete(eventId);
        if (reply.kind === 'round') continue;
        if (reply.kind === 'strategy') return { away: { kind: 'elsewhere', strategy: reply.strategy } };
      }
      const standing = await this.#gatekeeper.standing(eventId);
      if (standing.kind !== 'ready') return { away: standing };
    }
    throw new Fault('unavailable', say('event_changing', { eventId }));
  }

  async answerWithoutGate<Item>(
    away: GateAway,
    batch: readonly Waiting<Item, ClaimAnswer>[],
    userOf: (item: Item) => string,
  ): Promise<void> {
    await Promise.all(
      batch.map(({ item, resolve, reject }) => this.#outcomeWithoutGate(away, userOf(item)).then(resolve, reject)),
    );
  }

  async claimWithoutGate(away: GateAway, userId: string): Promise<OwnClaim | Elsewhere | null> {
    switch (away.kind) {
      case 'early':
      case 'closed':
        return null;
      case 'retired':
        return findRetiredClaim(this.#stores.db, away.event, userId);
      case 'elsewhere':
        return { status: 'elsewhere', strategy: away.strategy };
    }
  }

  undecided(eventId: string, cause: unknown): Fault {
    if (cause instanceof Fault) return cause;
    const { log } = this.#stores;
    log.warn({ event: 'claims_undecided', eventId, err: cause }, 'Redis did not answer a batch of claims');
    if (isReplicaReply(cause) || isRedirectReply(cause)) {
      return new Fault('unavailable', say('redis_failing_over'), { cause });
    }
    return new Fault('unavailable', say('claim_unanswered'), {
      cause,
    });
  }

  async #outcomeWithoutGate(away: GateAway, userId: string): Promise<ClaimAnswer> {
    const { db, clock } = this.#stores;
    switch (away.kind) {
      case 'early':
        return { status: 'not_open', opensAtMs: away.opensAtMs, serverTimeMs: clock.nowMs(away.eventId) };
      case 'closed':
        return { status: 'closed' };
      case 'retired':
        return retiredOutcome(db, away.event, userId, clock.nowMs()).catch((err: unknown) => {
          throw asUnavailable(err, say('round_unreachable'));
        });
      case 'elsewhere':
        return { status: 'elsewhere', strategy: away.strategy };
    }
  }

  async #open(eventId: string, link: RedisLink, runId: string): Promise<GateSession | null> {
    const gate = await readGateThatLacksNothing(this.#stores, eventId, link, runId);
    if (gate === null) return null;
    if (gate.runId === runId) await refuseReplacedPrimary(this.#stores, eventId, gate, link);
    const { round, codeKey } = gate;
    const session = { round, coder: openCoder(codeKey), keys: roundKeys(eventId, round), openedAt: runId };
    this.#sessions.set(eventId, session);
    return session;
  }
}

/** A user's claim, with its code. */
export function toClaim(session: GateSession, userId: string, held: { serial: number; claimedAtMs: number }): Claim {
  return {
    serial: held.serial,
    code: session.coder(held.serial, userId),
    claimedAtMs: held.claimedAtMs,
    round: session.round,
  };
}

/** The answer to a user who gets nothing because of the event's phase. */
export function refusal(
  phase: 'sold_out' | 'scheduled' | 'paused' | 'closed',
  { opensAtMs, nowMs }: { opensAtMs: number; nowMs: number },
): ClaimOutcome {
  return phase === 'scheduled' ? { status: 'not_open', opensAtMs, serverTimeMs: nowMs } : { status: phase };
}

const troubles: Record<GateTrouble['kind'], true> = {
  no_gate: true,
  unverified: true,
  torn: true,
  round: true,
  strategy: true,
};

const isTrouble = (reply: object): reply is GateTrouble =>
  'kind' in reply && typeof reply.kind === 'string' && reply.kind in troubles;

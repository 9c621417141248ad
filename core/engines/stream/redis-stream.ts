import { stateInMySql } from '../../claims/stored-claim.ts';
import { notePromise, type DecidedBy } from '../../failover/note-promise.ts';
import { findClaimInRedis } from '../../gate/gate-scripts.ts';
import type { DrainAsker } from '../../jobs/paced-drains.ts';
import type { Stores } from '../../stores/stores.ts';
import { activeSpan } from '../../tracing/span.ts';
import type { ClaimAnswer, ClaimStrategy } from '../claim-strategy.ts';
import type { Gatekeeper } from '../gate-standing.ts';
import { createClaimQueue, decideUsersMax, type Waiting } from '../gated/claim-queue.ts';
import { createGateSessions, refusal, toClaim, type GateSession } from '../gated/gate-sessions.ts';
import { createQueuePerEvent } from '../gated/queue-per-event.ts';
import { createGateLine, lineLostFault } from '../line/gate-line.ts';
import { traceDecision } from '../gated/trace-batch.ts';
import { writeTraces } from './outbox-traces.ts';
import { decideClaims, type Decided } from './stream-scripts.ts';

const strategy = 'redis-stream';

/**
 * One atomic script decides a batch of claims and writes the outbox; a worker moves the outbox to MySQL.
 * Pros: a single Redis call and a single fsync decide many claims, MySQL is not on the claim path, and a crash can't
 * hit between the decision and the outbox. Cons: a claim reaches MySQL only moments later. Until then, the claim is
 * only as durable as Redis's append-only file.
 */
export function createRedisStream(stores: Stores, gatekeeper: Gatekeeper, drains: DrainAsker): ClaimStrategy {
  const { observe, roster, acks, promises } = stores;
  const gates = createGateSessions(stores, gatekeeper);

  return {
    line: createGateLine(stores, gates, { strategy }),

    claim: createQueuePerEvent((eventId) =>
      createClaimQueue<string, ClaimAnswer>(decideUsersMax, (batch) =>
        traceDecision(batch, { eventId, strategy }, () => decideBatch(eventId, batch)),
      ),
    ),

    find: async (eventId, userId) => {
      const asked = await gates.ask(eventId, async ({ keys, round }, runId, { client }) => {
        if (!roster.mayPromise(runId)) await roster.enter();
        return findClaimInRedis(client, keys, { round, runId, strategy }, userId);
      });
      if ('away' in asked) return gates.claimWithoutGate(asked.away, userId);
      const { session, reply: found, runId, link } = asked;
      // A gate that gives no units never answers `undecided`.
      if (found.kind !== 'found') return null;
      if (acks.wanted > 0) await acks.ofAll(link, eventId);
      notePromise(stores, { eventId, round: session.round, serial: found.serial }, { runId, link });
      const claim = toClaim(session, userId, found);
      const { state } = found;
      return {
        ...claim,
        state: state === 'unsure' ? await stateInMySql(stores.db, { ...claim, eventId, userId }) : state,
      };
    },
  };

  async function decideBatch(
    eventId: string,
    batch: Waiting<string, ClaimAnswer>[],
  ): Promise<{ unanswered: unknown } | null> {
    observe.claimBatch(batch.length);
    try {
      const users = batch.map(({ item }) => item);
      const traces = writeTraces(batch);
      const asked = await gates.ask(eventId, ({ keys, round }, runId, { client }) => {
        const decide = () => decideClaims(client, keys, { round, runId, strategy }, users, traces);
        return roster.mayPromise(runId) ? decide() : roster.enter().then(decide);
      });
      if ('away' in asked) {
        await gates.answerWithoutGate(asked.away, batch, (userId) => userId);
        return null;
      }
      const { session, reply: decided, runId, link } = asked;
      if (decided.issuedCount > 0) drains.ask(eventId, session.round);
      await promise(eventId, session.round, decided, { runId, link });
      answerBatch(eventId, session, decided, batch);
      return null;
    } catch (err) {
      const fault = gates.undecided(eventId, err);
      activeSpan()?.fail(fault);
      for (const { reject } of batch) reject(fault);
      return fault.code === 'unavailable' ? { unanswered: fault } : null;
    }
  }

  /**
   * Waits for replicas, and records what the answers promise: the issued claims and, after "sold out", that no one else
   * wins. So once a user was told "sold out", a promoted replica must have all serials, even those that no user has
   * learned of.
   */
  async function promise(eventId: string, round: number, decided: Decided, by: DecidedBy): Promise<void> {
    const { highest, soldOutAt, issuedCount } = decided;
    const serial = Math.max(highest, soldOutAt);
    if (serial === 0) return;
    const known = promises.of(eventId);
    const isNoted = known?.round === round && known.serial >= serial && known.usedUnder === by.runId;
    // Most answers to a crowd are refusals, so only the first refusal of a process waits for the replicas.
    const mustWait = acks.wanted > 0 && (highest > 0 || !isNoted);
    if (mustWait) await (issuedCount > 0 ? acks.ofWrites(by.link) : acks.ofAll(by.link, eventId));
    notePromise(stores, { eventId, round, serial }, by);
  }
}

function answerBatch(
  eventId: string,
  session: GateSession,
  decided: Decided,
  batch: Waiting<string, ClaimAnswer>[],
): void {
  const refused = refusal(decided.refusal, decided);
  decided.decisions.forEach((decision, i) => {
    const waiting = batch[i];
    if (waiting === undefined) return;
    if (decision.held !== null) {
      const { held } = decision;
      waiting.resolve({ status: 'issued', ...toClaim(session, waiting.item, held), replayed: held.replayed });
      return;
    }
    switch (decision.why) {
      case 'phase':
        return waiting.resolve(refused);
      case 'not_admitted':
        return waiting.resolve({ status: 'not_admitted', lineOpensAtMs: decision.lineOpensAtMs });
      case 'line_lost':
        return waiting.reject(lineLostFault(eventId));
    }
  });
}

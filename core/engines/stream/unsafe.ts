import { say } from '../../messages/message.ts';
import { openCoder } from '../../claims/code.ts';
import { eventPhase } from '../../events/phase.ts';
import { parseWinner } from '../../gate/gate-scripts.ts';
import { isInert, readGate, type Gate } from '../../gate/gate.ts';
import type { DrainAsker } from '../../jobs/paced-drains.ts';
import { gateKey, roundKeys } from '../../redis/keys.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import { isElsewhere, type ClaimStrategy, type Elsewhere } from '../claim-strategy.ts';
import type { Gatekeeper } from '../gate-standing.ts';

/**
 * The control that must fail: it reads and then writes, without a lock. Two claims at the same moment oversell. This
 * strategy exists to show that the benchmarks and the checks notice overselling.
 * Pros: none. Cons: sells the same serial many times.
 */
export function createUnsafe(stores: Stores, gatekeeper: Gatekeeper, drains: DrainAsker): ClaimStrategy {
  const { redis, clock } = stores;

  const openGate = async (eventId: string): Promise<Gate | Elsewhere> => {
    let gate = await readGate(redis.of(eventId).client, eventId);
    if (gate === null || isInert(gate)) {
      const standing = await gatekeeper.standing(eventId);
      if (standing.kind === 'elsewhere') return { status: 'elsewhere', strategy: standing.strategy };
      gate = await readGate(redis.of(eventId).client, eventId);
    }
    if (gate === null) throw new Fault('unavailable', say('no_gate_yet', { eventId }));
    return gate.strategy === 'unsafe' ? gate : { status: 'elsewhere', strategy: gate.strategy };
  };

  return {
    claim: async (eventId, userId) => {
      const gate = await openGate(eventId);
      if (isElsewhere(gate)) return gate;
      const { round, codeKey } = gate;
      const keys = roundKeys(eventId, round);
      const held = await redis.of(eventId).client.hget(keys.winners, userId);
      const claim = (serial: number, claimedAtMs: number) =>
        ({ status: 'issued', serial, code: openCoder(codeKey)(serial, userId), claimedAtMs, round }) as const;
      if (held !== null) {
        const { serial, claimedAtMs } = parseWinner(held);
        return { ...claim(serial, claimedAtMs), replayed: true };
      }
      const nowMs = clock.nowMs(eventId);
      const phase = eventPhase(gate, nowMs);
      if (phase === 'scheduled') {
        const opensAtMs = gate.heldOpensAtMs ?? gate.opensAtMs;
        return { status: 'not_open', opensAtMs, serverTimeMs: nowMs };
      }
      if (phase !== 'open') return { status: phase };
      const serial = gate.issued + 1;
      await redis.of(eventId).client.hset(keys.winners, userId, `${serial}:${nowMs}`);
      await redis.of(eventId).client.hset(gateKey(eventId), 'issued', serial, 'lastAt', nowMs);
      await redis.of(eventId).client.xadd(keys.outbox, '*', 's', serial, 't', nowMs, 'u', userId);
      drains.ask(eventId, round);
      return { ...claim(serial, nowMs), replayed: false };
    },
    find: async (eventId, userId) => {
      const gate = await openGate(eventId);
      if (isElsewhere(gate)) return gate;
      const { round, codeKey } = gate;
      const held = await redis.of(eventId).client.hget(roundKeys(eventId, round).winners, userId);
      if (held === null) return null;
      const { serial, claimedAtMs } = parseWinner(held);
      return { serial, code: openCoder(codeKey)(serial, userId), claimedAtMs, round, state: 'accepted' };
    },
  };
}

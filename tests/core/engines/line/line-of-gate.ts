import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { EventInfo } from '../../../../core/events/event-fields.ts';
import { entryOf, serveLine, shuffleScore, type LineOptions } from '../../../../core/engines/line/line-scripts.ts';
import type { Place } from '../../../../core/engines/line/line-state.ts';
import { openCoder } from '../../../../core/claims/code.ts';
import { configureGate } from '../../../../core/gate/gate-scripts.ts';
import type { Gate } from '../../../../core/gate/gate.ts';
import { roundKeys } from '../../../../core/redis/keys.ts';
import { plainInfo } from '../../events/plain-info.ts';
import { runId, streamGate } from '../../gate/stream-gate.ts';

type Asked = [call: 'join' | 'leave' | 'look', userId: string];

export const seed = 'ab'.repeat(32);
const coder = openCoder(Buffer.alloc(32, 1));

/** Opens the line of a new event of its own, using only scripts. */
export function lineOfGate(redisNow: () => Redis) {
  const eventId = `ev_${randomUUID().slice(0, 8)}`;
  const keys = roundKeys(eventId, 1);
  const gateOf = streamGate(redisNow, eventId);
  let gate: Gate | undefined;

  const serve = async (asked: readonly Asked[], options: Partial<LineOptions> = {}) => {
    const reply = await serveLine(
      redisNow(),
      keys,
      { round: 1, runId, strategy: 'redis-stream' },
      { waitingMax: 1_000, passMs: 180_000, newSeed: seed, knownSeed: seed, ...options },
      asked.map(([call, userId]) => ({ call, userId, score: shuffleScore(seed, entryOf(coder, userId)) })),
    );
    if (reply.kind !== 'line') throw new Error(reply.kind);
    return reply;
  };
  const each = async (call: Asked[0], users: string[]): Promise<(Place | 'again')[]> =>
    (await serve(users.map((userId) => [call, userId]))).places;

  return {
    ...{ eventId, keys, serve },
    decide: gateOf.decide,
    /** Opens a gate with 3 coupons and a line, whose event opened a second ago. */
    open: async ({ info = {}, ...change }: Partial<Omit<Gate, 'info'>> & { info?: Partial<EventInfo> } = {}) => {
      gate = await gateOf.openGate({ ...change, info: { ...plainInfo, line: 'fifo', ...info } });
      return gate;
    },
    /** Gives the gate a newer configuration. */
    configure: async ({ info = {}, ...change }: Partial<Omit<Gate, 'info'>> & { info?: Partial<EventInfo> }) => {
      if (gate === undefined) throw new Error('the gate is not open');
      const next = { ...gate, ...change, info: { ...gate.info, ...info }, version: gate.version + 1 };
      const reply = await configureGate(redisNow(), eventId, next, { pendingBefore: '', pendingChanges: '' });
      if (reply.kind === 'configured') gate = next;
      return reply;
    },
    join: (...users: string[]) => each('join', users),
    leave: (...users: string[]) => each('leave', users),
    look: (...users: string[]) => each('look', users),
    /** The line now, after calling whoever is next. */
    state: async () => (await serve([])).state,
    entry: (userId: string) => entryOf(coder, userId),
  };
}

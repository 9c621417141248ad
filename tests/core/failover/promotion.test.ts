import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { readGate } from '../../../core/gate/gate.ts';
import { gateKey } from '../../../core/redis/keys.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { openLab, tester, type Lab } from '../../support/lab.ts';
import { member, startRedisPair, type Member, type RedisPair } from '../../support/redis-pair.ts';
import { useTestDatabase } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

/**
 * A primary with two replicas, one of which is promoted. The processes reach whichever server the address leads to. No
 * worker runs, so MySQL knows of claims only where a test stores them.
 */
const database = useTestDatabase();
let pair: RedisPair;
let spare: Member;
let lab: Lab;

beforeEach(async () => {
  [pair, spare] = await Promise.all([startRedisPair(), member()]);
  await Promise.all([pair.second, spare].map((replica) => pair.follow(replica, pair.first)));
  lab = await openLab({ redisUrl: pair.url, databaseUrl: database.databaseUrl }, { platformCount: 2 });
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  await pair[Symbol.asyncDispose]();
  spare.redis.disconnect();
  await spare.server[Symbol.asyncDispose]();
});

/** From now on the replica receives nothing. */
const cutOff = ({ redis }: Member): Promise<unknown> => redis.call('REPLICAOF', '127.0.0.1', '1');

/** Promotes a replica and leads all to it; whoever is connected to the old primary loses the connection. */
async function promote(replica: Member): Promise<void> {
  await pair.promote(replica);
  pair.address.targetPort = replica.server.port;
  pair.address.cut();
}

/** Waits until the replica has everything that the primary has. */
const catchUp = async (replica: Member): Promise<void> => {
  expect(Number(await pair.first.redis.wait(2, 5_000))).toBeGreaterThan(0);
  const offset = async ({ redis }: Member) => /master_repl_offset:(\d+)/.exec(await redis.info('replication'))?.[1];
  await waitFor(async () => (await offset(replica)) === (await offset(pair.first)), { what: 'the replica to catch up' });
};

/** Makes the call until it gets an answer, or a fault that asking again does not mend. */
async function answer(eventId: string, userId: string): Promise<ClaimOutcome | Fault> {
  return waitFor(
    async () => {
      try {
        return await lab.submit(eventId, userId);
      } catch (err) {
        if (!(err instanceof Fault) || err.code === 'unavailable') throw err;
        return err;
      }
    },
    { what: 'an answer', limitMs: 20_000 },
  );
}

async function claimAll(eventId: string, userIds: string[]): Promise<Map<string, number>> {
  const serials = new Map<string, number>();
  for (const userId of userIds) {
    const outcome = await lab.claim(eventId, userId);
    if (outcome.status === 'issued') serials.set(userId, outcome.serial);
  }
  return serials;
}

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

/** What a process would do that trusts whatever was promoted. */
function trustBlindly({ platforms }: Lab): void {
  for (const { stores } of platforms) {
    stores.roster.coverage = () =>
      Promise.resolve({
        ...{ kind: 'shown', watched: true, sameData: true, version: 0 },
        ...{ knownForMs: 60_000, replicated: true },
      });
  }
}

it('control: a stale replica that is trusted blindly gives serials again that were promised', async () => {
  trustBlindly(lab);
  const { eventId } = await lab.createEvent({ stock: 100 });
  const before = await claimAll(eventId, names('early', 4));
  await catchUp(pair.second);
  await cutOff(pair.second);
  for (const [userId, serial] of await claimAll(eventId, names('late', 6))) before.set(userId, serial);
  await promote(pair.second);
  const after = await claimAll(eventId, names('new', 6));
  const twice = [...after.values()].filter((serial) => [...before.values()].includes(serial));
  expect(twice).toHaveLength(6);
});

it('a stale replica that is promoted stops the event and says how many claims may be missing', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 4));
  await catchUp(pair.second);
  await cutOff(pair.second);
  await claimAll(eventId, names('late', 6));
  await promote(pair.second);
  expect(await answer(eventId, 'new')).toMatchObject({
    code: 'gate_lost',
    message: expect.stringContaining('it has issued 4, and serials up to 10 were promised: 6 claims may be missing'),
  });
  expect((await readGate(pair.second.redis, eventId))?.issued).toBe(4);

  // An operator goes on above what was promised, as after any other loss.
  const repaired = await lab.first.admin.reconcile({ eventId, repair: true }, tester);
  expect(repaired.advice.join(' ')).toContain('serials up to 10 were promised');
  await lab.first.admin.resume({ eventId, fromSerial: 11 }, tester);
  expect(await answer(eventId, 'new')).toMatchObject({ status: 'issued', serial: 11 });
  expect(await answer(eventId, 'early-0')).toMatchObject({ status: 'issued', serial: 1, replayed: true });
});

it('a replica that has everything goes on by itself', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 5));
  await catchUp(pair.second);
  await promote(pair.second);
  expect(await answer(eventId, 'early-2')).toMatchObject({ status: 'issued', serial: 3, replayed: true });
  expect(await answer(eventId, 'new')).toMatchObject({ status: 'issued', serial: 6 });
  expect((await pair.second.redis.hget(gateKey(eventId), 'runId')) ?? '').toBe(lab.first.stores.redis.of(eventId).runId());
});

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { decideClaims } from '../../../core/engines/stream/stream-scripts.ts';
import { findEvent } from '../../../core/events/event-rows.ts';
import { readGate, sealOf } from '../../../core/gate/gate.ts';
import { gateKey, processesKey, roundKeys } from '../../../core/redis/keys.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { openLab, tester, type Lab } from '../../support/lab.ts';
import { member, startRedisPair, type Member, type RedisPair } from '../../support/redis-pair.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { useMariaDbServer, useTestDatabase } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

/**
 * One of two replicas is promoted. The processes use an address that always leads to the current primary. No worker
 * runs, so MySQL has only the claims that a test stores.
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

const cutOff = ({ redis }: Member): Promise<unknown> => redis.call('REPLICAOF', '127.0.0.1', '1');

/** Promotes a replica, points the address at it, and cuts the connections to the old primary. */
async function promote(replica: Member): Promise<void> {
  await pair.promote(replica);
  pair.address.targetPort = replica.server.port;
  pair.address.cut();
}

const catchUp = async (replica: Member): Promise<void> => {
  expect(Number(await pair.first.redis.wait(2, 5_000))).toBeGreaterThan(0);
  const offset = async ({ redis }: Member) => /master_repl_offset:(\d+)/.exec(await redis.info('replication'))?.[1];
  await waitFor(async () => (await offset(replica)) === (await offset(pair.first)), {
    what: 'the replica to catch up',
  });
};

/** Repeats the call until the call gets an answer, or a fault that repeating cannot cure. */
async function answer(eventId: string, userId: string, by = lab): Promise<ClaimOutcome | Fault> {
  return waitFor(
    async () => {
      try {
        return await by.submit(eventId, userId);
      } catch (err) {
        if (!(err instanceof Fault) || err.code === 'unavailable') throw err;
        return err;
      }
    },
    { what: 'an answer', limitMs: 20_000 },
  );
}

async function claimAll(eventId: string, userIds: string[], by = lab): Promise<Map<string, number>> {
  const serials = new Map<string, number>();
  for (const userId of userIds) {
    const outcome = await by.claim(eventId, userId);
    if (outcome.status === 'issued') serials.set(userId, outcome.serial);
  }
  return serials;
}

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

/** A process that reaches the primary through its own proxy. */
type Remote = AsyncDisposable & { lab: Lab; network: TcpProxy; name: string };

async function openRemote(): Promise<Remote> {
  const network = await startTcpProxy(pair.first.server.port);
  const redisUrl = network.through(pair.first.server.url);
  const remote = await openLab({ redisUrl, databaseUrl: database.databaseUrl });
  return {
    ...{ lab: remote, network, name: remote.first.stores.roster.name() },
    [Symbol.asyncDispose]: async () => {
      await remote[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
    },
  };
}

const untilSeen = ({ name }: Remote): Promise<unknown> =>
  waitFor(
    async () => {
      const looks = lab.platforms.map(async ({ stores: { roster, redis } }) => {
        const other = { eventId: 'none', round: 1, issued: 0, version: 1, runId: 'other' };
        const coverage = await roster.coverage(other, `${redis.system.runId()} not yet`);
        return coverage.kind === 'open' && coverage.processes.includes(name);
      });
      return (await Promise.all(looks)).every(Boolean);
    },
    { what: 'another process to see this one' },
  );

/** Makes the platforms trust the promoted server without checking which serials were promised. */
function trustBlindly({ platforms }: Lab): void {
  for (const { stores } of platforms) {
    stores.promises.lackingIn = () => null;
    stores.roster.coverage = () =>
      Promise.resolve({
        ...{ kind: 'shown', watched: true, sameData: true, version: 0 },
        ...{ knownForMs: 60_000, replicated: true },
      });
  }
}

it('control: a stale replica that is promoted and trusted without a check gives out promised serials again', async () => {
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

it('if a stale replica is promoted, the event stops and reports how many claims may be missing', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 4));
  await catchUp(pair.second);
  await cutOff(pair.second);
  await claimAll(eventId, names('late', 6));
  await promote(pair.second);
  expect(await answer(eventId, 'new')).toMatchObject({
    code: 'gate_lost',
    message: expect.stringContaining(
      'it has issued 4, and serials up to 10 were promised: 6 claims may be missing',
    ) as string,
  });
  expect((await readGate(pair.second.redis, eventId))?.issued).toBe(4);

  // An operator resumes above the highest promised serial, as after any other loss.
  const repaired = await lab.first.admin.reconcile({ eventId, repair: true }, tester);
  expect(repaired.advice.join(' ')).toContain('serials up to 10 were promised');
  await lab.first.admin.resume({ eventId, fromSerial: 11 }, tester);
  expect(await answer(eventId, 'new')).toMatchObject({ status: 'issued', serial: 11 });
  expect(await answer(eventId, 'early-0')).toMatchObject({ status: 'issued', serial: 1, replayed: true });
});

it('once somebody was told “sold out”, an event stops on a replica that lacks the last serials, even if no process knows who got those serials', async () => {
  const { eventId } = await lab.createEvent({ stock: 5 });
  await claimAll(eventId, names('early', 3));
  await catchUp(pair.second);
  await cutOff(pair.second);
  // The primary decides these claims, but no process receives its replies.
  const keys = roundKeys(eventId, 1);
  const runId = (await pair.first.redis.hget(keys.gate, 'runId')) ?? '';
  await decideClaims(pair.first.redis, keys, { round: 1, runId, strategy: 'redis-stream' }, names('unheard', 2));
  expect(await lab.claim(eventId, 'too-late')).toEqual({ status: 'sold_out' });
  await promote(pair.second);
  expect(await answer(eventId, 'new')).toMatchObject({
    code: 'gate_lost',
    message: expect.stringContaining('it has issued 3, and serials up to 5 were promised') as string,
  });
});

it('an event stops on a replica that missed its opening, because claims were promised', async () => {
  // The opening is so near that the event is seeded at once.
  const { eventId } = await lab.createEvent({ stock: 100, opensAtMs: Date.now() + 40_000 });
  await catchUp(pair.second);
  await cutOff(pair.second);
  await lab.first.admin.update({ eventId, opensAtMs: Date.now() }, tester);
  await claimAll(eventId, names('early', 3));
  await promote(pair.second);
  expect(await answer(eventId, 'new')).toMatchObject({
    code: 'gate_lost',
    message: expect.stringContaining('serials up to 3 were promised') as string,
  });
});

it('an event stops on a replica that has received nothing since the gate was seeded, because claims were promised', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await catchUp(pair.second);
  await cutOff(pair.second);
  await claimAll(eventId, names('early', 3));
  await pair.promote(pair.second);
  const seededAtMs = (await findEvent(lab.first.stores.db, eventId))?.roundRow.seededAtMs ?? 0;
  await pair.second.redis.hset(gateKey(eventId), 'runId', sealOf(seededAtMs));
  pair.address.targetPort = pair.second.server.port;
  pair.address.cut();
  const refused = {
    code: 'gate_lost',
    message: expect.stringContaining('it has issued 0, and serials up to 3 were promised') as string,
  };
  expect(await answer(eventId, 'new')).toMatchObject(refused);
  await lab.sweep();
  expect(await answer(eventId, 'new')).toMatchObject(refused);
  await lab.first.admin.reconcile({ eventId, repair: true }, tester);
  await lab.first.admin.resume({ eventId, fromSerial: 4 }, tester);
  expect(await answer(eventId, 'new')).toMatchObject({ status: 'issued', serial: 4 });
});

it('an event continues by itself on a replica that has all of its data', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 5));
  await catchUp(pair.second);
  await promote(pair.second);
  expect(await answer(eventId, 'early-2')).toMatchObject({ status: 'issued', serial: 3, replayed: true });
  expect(await answer(eventId, 'new')).toMatchObject({ status: 'issued', serial: 6 });
  expect((await pair.second.redis.hget(gateKey(eventId), 'runId')) ?? '').toBe(
    lab.first.stores.redis.of(eventId).runId(),
  );
});

it('an event stops while a process cannot be reached, and continues by itself once that process answers', async () => {
  await using remote = await openRemote();
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 3));
  await claimAll(eventId, names('remote', 3), remote.lab);
  await catchUp(pair.second);
  remote.network.cut();
  remote.network.hold();
  await promote(pair.second);
  expect(await answer(eventId, 'new')).toMatchObject({
    code: 'gate_lost',
    message: expect.stringContaining(`one process has not put on record what it promised (${remote.name})`) as string,
  });
  remote.network.targetPort = pair.second.server.port;
  remote.network.cut();
  remote.network.release();
  await waitFor(async () => (await lab.submit(eventId, 'new')).status === 'issued', {
    what: 'the event to continue',
    limitMs: 20_000,
  });
  expect(await answer(eventId, 'new', remote.lab)).toMatchObject({ serial: 7, replayed: true });
});

it('an event stops on the new primary if another process still uses the old primary, and counts the serials that the old primary promised', async () => {
  await using remote = await openRemote();
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 3));
  await claimAll(eventId, names('remote', 1), remote.lab);
  await catchUp(pair.second);
  await promote(pair.second);
  await claimAll(eventId, names('behind', 5), remote.lab);
  expect(await answer(eventId, 'new')).toMatchObject({ code: 'gate_lost' });
  remote.network.targetPort = pair.second.server.port;
  remote.network.cut();
  await waitFor(
    async () => {
      const refused = await answer(eventId, 'new');
      return refused instanceof Fault && refused.message.includes('serials up to 9 were promised');
    },
    { what: 'the reason to be reported', limitMs: 20_000 },
  );
  expect((await readGate(pair.second.redis, eventId))?.issued).toBe(4);
  // The remote process never goes back to the old primary, even if its address leads there again.
  remote.network.targetPort = pair.first.server.port;
  remote.network.cut();
  await expect(remote.lab.submit(eventId, 'astray')).rejects.toMatchObject({ code: 'unavailable' });
  await waitFor(
    () =>
      remote.lab.submit(eventId, 'astray').then(
        () => false,
        (err: unknown) => err instanceof Fault && err.message.includes('replaced this Redis'),
      ),
    { what: 'the process to refuse the old primary' },
  );
});

it('an event stops if a process that sold on the old primary unnoticed turns up after the failover, and resumes without that process’s claims', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 3));
  await catchUp(pair.second);
  await promote(pair.second);
  // Nobody reported to the old primary that it was replaced, and this process starts after the failover.
  await using remote = await openRemote();
  await claimAll(eventId, names('behind', 5), remote.lab);
  await claimAll(eventId, names('new', 9));
  expect((await readGate(pair.second.redis, eventId))?.issued).toBe(12);
  remote.network.targetPort = pair.second.server.port;
  remote.network.cut();
  const reason = expect.stringContaining('the gate that promised serials 4 to 8') as string;
  expect(await answer(eventId, 'late', remote.lab)).toMatchObject({ code: 'gate_lost', message: reason });
  expect(await answer(eventId, 'late')).toMatchObject({ code: 'gate_lost', message: reason });

  await lab.first.admin.reconcile({ eventId, repair: true }, tester);
  await lab.first.admin.resume({ eventId }, tester);
  expect(await answer(eventId, 'late', remote.lab)).toMatchObject({ serial: 13 });
  // The claims that the operator gave up do not count again at the next failover.
  await pair.follow(spare, pair.second);
  await pair.promote(spare);
  for (const network of [pair.address, remote.network]) {
    network.targetPort = spare.server.port;
    network.cut();
  }
  // For up to a second, a process may still report that the gate is lost, as it was before the repair.
  const issued = await waitFor(() => lab.submit(eventId, 'later'), { what: 'the event to continue', limitMs: 20_000 });
  expect(issued).toMatchObject({ status: 'issued', serial: 14 });
});

it('a process that starts after the failover and reaches the old primary decides nothing on that primary', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 3));
  await catchUp(pair.second);
  await promote(pair.second);
  await claimAll(eventId, names('new', 2));
  // Nobody reported to the old primary that it was replaced.
  await using remote = await openRemote();
  const replaced = { code: 'unavailable', message: expect.stringContaining('replaced this Redis') as string };
  await expect(remote.lab.submit(eventId, 'astray')).rejects.toMatchObject(replaced);
  await expect(remote.lab.first.claims.mine(eventId, 'new-0')).rejects.toMatchObject(replaced);
  expect((await readGate(pair.first.redis, eventId))?.issued).toBe(3);
  remote.network.targetPort = pair.second.server.port;
  remote.network.cut();
  expect(await answer(eventId, 'astray', remote.lab)).toMatchObject({ status: 'issued', serial: 6 });
});

it('an event waits for a process that is unknown to the stale replica, because the other processes know it', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 3));
  await catchUp(pair.second);
  await cutOff(pair.second);
  await using remote = await openRemote();
  await untilSeen(remote);
  await claimAll(eventId, names('remote', 2), remote.lab);
  remote.network.cut();
  remote.network.hold();
  await promote(pair.second);
  expect(await pair.second.redis.hexists(processesKey, remote.name)).toBe(0);
  expect(await answer(eventId, 'new')).toMatchObject({
    code: 'gate_lost',
    message: expect.stringContaining(remote.name) as string,
  });
  remote.network.release();
});

it('a process’s promises still count after it has shut down normally', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 3));
  await catchUp(pair.second);
  await cutOff(pair.second);
  {
    await using remote = await openRemote();
    await untilSeen(remote);
    await claimAll(eventId, names('remote', 2), remote.lab);
  }
  await waitFor(() => lab.platforms.some(({ stores }) => stores.promises.of(eventId)?.serial === 5), {
    what: 'the other processes to take over the promises',
  });
  await promote(pair.second);
  expect(await answer(eventId, 'new')).toMatchObject({
    code: 'gate_lost',
    message: expect.stringContaining('serials up to 5 were promised') as string,
  });
});

it('an event stays stopped after a failover back to the old primary if the old primary has copied the stale replica', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 4));
  await catchUp(pair.second);
  await cutOff(pair.second);
  await claimAll(eventId, names('late', 6));
  // No call reaches the event until the failover back to the old primary.
  await promote(pair.second);
  await pair.follow(pair.first, pair.second);
  await pair.promote(pair.first);
  pair.address.targetPort = pair.first.server.port;
  pair.address.cut();
  expect(await answer(eventId, 'new')).toMatchObject({ code: 'gate_lost' });
  expect((await readGate(pair.first.redis, eventId))?.issued).toBe(4);
});

it('an event that nobody could have claimed yet waits for no process', async () => {
  await using remote = await openRemote();
  await untilSeen(remote);
  const { eventId } = await lab.createEvent({ stock: 100, opensAtMs: lab.first.clock.nowMs() + 40_000 });
  await lab.sweep();
  await catchUp(pair.second);
  remote.network.cut();
  remote.network.hold();
  await promote(pair.second);
  expect(await answer(eventId, 'new')).toMatchObject({ status: 'not_open' });
  expect((await lab.first.admin.get(eventId)).gateLost).toBe(false);
  remote.network.release();
});

it('an event waits until a sweep has taken over the promises of a process that died long ago', async () => {
  const { eventId } = await lab.createEvent({ stock: 100 });
  await claimAll(eventId, names('early', 3));
  const { clock, stores } = lab.first;
  await pair.first.redis.hset(processesKey, 'ghost', clock.nowMs() - 60_000);
  await waitFor(() => stores.roster.gone().includes('ghost'), { what: 'the sweep to notice the dead process' });
  await catchUp(pair.second);
  await cutOff(pair.second);
  await catchUp(spare);
  await lab.sweep();
  await promote(pair.second);
  expect(await pair.second.redis.hexists(processesKey, 'ghost')).toBe(1);
  expect(await answer(eventId, 'new')).toMatchObject({ status: 'issued', serial: 4 });
});

const away = useMariaDbServer();

it('while MySQL is down, an event continues on a replica that has all of its data, and stops on a stale one', async () => {
  const redisUrl = pair.url;
  await using sale = await openLab({ redisUrl, databaseUrl: away.url }, { platformCount: 2 });
  const complete = await sale.createEvent({ stock: 20 });
  const stale = await sale.createEvent({ stock: 20 });
  await claimAll(complete.eventId, names('a', 5), sale);
  await claimAll(stale.eventId, names('b', 5), sale);
  await catchUp(pair.second);
  await cutOff(pair.second);
  await claimAll(stale.eventId, names('c', 5), sale);
  await away.kill9();
  await promote(pair.second);
  expect(await sale.claim(complete.eventId, 'new')).toMatchObject({ status: 'issued', serial: 6 });
  expect(await answer(stale.eventId, 'new', sale)).toMatchObject({ code: 'gate_lost' });
  await away.restart();
  await claimAll(complete.eventId, names('d', 20), sale);
  await sale.prove(complete.eventId, { issued: 20 });
  expect(await answer(stale.eventId, 'new', sale)).toMatchObject({ code: 'gate_lost' });
});

it('while MySQL is down, a pause is not confirmed if a replica that lacks it is promoted before the confirmation', async () => {
  await using sale = await openLab({ redisUrl: pair.url, databaseUrl: away.url });
  const { eventId } = await sale.createEvent({ stock: 20 });
  await claimAll(eventId, names('a', 2), sale);
  await catchUp(pair.second);
  await cutOff(pair.second);
  await away.kill9();
  const { stores, admin } = sale.first;
  // The failover happens between the change of the gate and its confirmation, as if the replica took a long time to
  // acknowledge the change.
  stores.acks = {
    ...stores.acks,
    wanted: 1,
    ofWrites: () => Promise.resolve(),
    ofAll: async () => {
      const before = stores.redis.system.runId() ?? '';
      await promote(pair.second);
      await waitFor(
        () => {
          const now = stores.redis.system.runId();
          return now !== undefined && now !== before && stores.roster.isOnRecord(now);
        },
        { what: 'this process to report its promises to the new primary' },
      );
    },
  };
  await expect(admin.pause({ eventId }, tester)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await pair.first.redis.hget(gateKey(eventId), 'paused')).toBe('1');
  expect(await pair.second.redis.hget(gateKey(eventId), 'paused')).toBe('0');
  await away.restart();
});

it('while MySQL is down, a promoted replica that lacks a confirmed pause does not sell', async () => {
  await using sale = await openLab({ redisUrl: pair.url, databaseUrl: away.url });
  const { eventId } = await sale.createEvent({ stock: 20 });
  await claimAll(eventId, names('a', 2), sale);
  await catchUp(pair.second);
  await cutOff(pair.second);
  await away.kill9();
  expect(await sale.first.admin.pause({ eventId }, tester)).toMatchObject({ paused: true, version: 2 });
  await promote(pair.second);
  await waitFor(
    () =>
      sale.submit(eventId, 'new').then(
        () => false,
        (err: unknown) => err instanceof Fault && err.message.startsWith('MySQL is not answering'),
      ),
    { what: 'MySQL to be the only store that does not answer', limitMs: 20_000 },
  );
  await away.restart();
  expect(await answer(eventId, 'new', sale)).toMatchObject({
    ...{ code: 'gate_lost', message: expect.stringContaining('it lacks a change to version 2') as string },
  });
});

it('while MySQL is down, a process that has just started decides nothing on a Redis with replicas, because another Redis may have replaced it', async () => {
  await using sale = await openLab({ redisUrl: pair.url, databaseUrl: away.url });
  const { eventId } = await sale.createEvent({ stock: 20 });
  await claimAll(eventId, names('a', 2), sale);
  await using newcomer = await openLab({ redisUrl: pair.url, databaseUrl: away.url });
  await away.kill9();
  await expect(newcomer.submit(eventId, 'b')).rejects.toMatchObject({
    ...{ code: 'unavailable', message: expect.stringContaining('MySQL is unreachable') as string },
  });
  expect(await sale.claim(eventId, 'b')).toMatchObject({ status: 'issued', serial: 3 });
  await away.restart();
  expect(await answer(eventId, 'c', newcomer)).toMatchObject({ status: 'issued', serial: 4 });
});

it.each(['redis-counter', 'redis-counter-set'] as const)(
  'an event of %s stops on a stale replica that has given out fewer numbers than MySQL has',
  async (strategy) => {
    const { eventId } = await lab.createEvent({ stock: 20, strategy });
    await claimAll(eventId, names('early', 3));
    await catchUp(pair.second);
    await cutOff(pair.second);
    await claimAll(eventId, names('late', 2));
    await promote(pair.second);
    expect(await answer(eventId, 'new')).toMatchObject({
      code: 'gate_lost',
      message: expect.stringContaining('the gate has given 3, but MySQL has serial 5') as string,
    });
  },
);

it('if a stale replica gives out a returned number again, redis-counter promises that number to nobody else', async () => {
  const { eventId } = await lab.createEvent({ stock: 20, strategy: 'redis-counter' });
  // One user takes two units. MySQL refuses the second, so its number is returned.
  await Promise.all([lab.claim(eventId, 'a'), lab.claim(eventId, 'a')]);
  const { returned } = roundKeys(eventId, 1);
  await waitFor(async () => (await pair.first.redis.zcard(returned)) === 1, { what: 'a number to be returned' });
  await catchUp(pair.second);
  await cutOff(pair.second);
  const given = await lab.claim(eventId, 'b');
  expect(given).toMatchObject({ status: 'issued', round: 1 });
  await promote(pair.second);
  expect(await pair.second.redis.zcard(returned)).toBe(1);
  expect(await lab.claim(eventId, 'c')).toMatchObject({ status: 'issued', serial: 3, replayed: false });
  expect(await lab.claim(eventId, 'b')).toMatchObject({ ...given, replayed: true });
});

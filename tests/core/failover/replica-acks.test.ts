import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { countClaims } from '../../../core/claims/claim-rows.ts';
import { drainOutbox } from '../../../core/engines/stream/drain.ts';
import { createReplicaAcks } from '../../../core/failover/replica-acks.ts';
import { gateKey, processesKey, roundKeys } from '../../../core/redis/keys.ts';
import { openLab, tester, type Lab } from '../../support/lab.ts';
import { startRedisPair, type Member, type RedisPair } from '../../support/redis-pair.ts';
import { useTestDatabase } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A process that waits for one replica, and a primary that has exactly one replica. */
const database = useTestDatabase();
let pair: RedisPair;
let lab: Lab;

beforeEach(async () => {
  pair = await startRedisPair();
  await pair.follow(pair.second, pair.first);
  lab = await openLab({ redisUrl: pair.url, databaseUrl: database.databaseUrl }, { env: { REDIS_REPLICA_ACKS: '1' } });
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  await pair[Symbol.asyncDispose]();
});

const cutOff = ({ redis }: Member): Promise<unknown> => redis.call('REPLICAOF', '127.0.0.1', '1');

const unavailable = { code: 'unavailable' };

it('a claim is answered once the replica has the claim', async () => {
  const { eventId } = await lab.createEvent({ stock: 10 });
  expect(await lab.claim(eventId, 'a')).toMatchObject({ status: 'issued', serial: 1 });
  expect(await pair.second.redis.hget(roundKeys(eventId, 1).winners, 'a')).toMatch(/^1:/);
});

it('a claim that the replica lacks is not reported to its user, to MySQL, or to an admin who pauses the event', async () => {
  const { eventId } = await lab.createEvent({ stock: 10 });
  await lab.claim(eventId, 'a');
  await drainOutbox(lab.first.stores, eventId, 1);
  await cutOff(pair.second);
  await expect(lab.submit(eventId, 'b')).rejects.toMatchObject(unavailable);
  // The primary has decided the claim. A repeated call finds the claim, and waits for the replica again.
  expect(await pair.first.redis.hget(gateKey(eventId), 'issued')).toBe('2');
  await expect(lab.submit(eventId, 'b')).rejects.toMatchObject(unavailable);
  await expect(lab.first.claims.mine(eventId, 'b')).rejects.toMatchObject(unavailable);
  await expect(drainOutbox(lab.first.stores, eventId, 1)).rejects.toMatchObject(unavailable);
  expect(await countClaims(lab.first.stores.db, eventId, 1)).toBe(1);
  await expect(lab.first.admin.pause({ eventId }, tester)).rejects.toMatchObject(unavailable);
  // A refusal promises nothing that could be lost, so its answer does not wait. The answer to a repeated call waits
  // like the first one.
  await expect(lab.submit(eventId, 'a')).rejects.toMatchObject(unavailable);
  await pair.follow(pair.second, pair.first);
  expect(await lab.claim(eventId, 'b')).toMatchObject({ status: 'issued', serial: 2, replayed: true });
});

it('an event continues by itself on a replica that lacks only claims that nobody was promised', async () => {
  const { eventId } = await lab.createEvent({ stock: 10 });
  await lab.claim(eventId, 'a');
  await cutOff(pair.second);
  await expect(lab.submit(eventId, 'b')).rejects.toMatchObject(unavailable);
  expect(await pair.first.redis.hget(gateKey(eventId), 'issued')).toBe('2');
  await pair.promote(pair.second);
  await pair.follow(pair.first, pair.second);
  pair.address.targetPort = pair.second.server.port;
  pair.address.cut();
  const claimed = await waitFor(() => lab.submit(eventId, 'c'), { what: 'the event to continue', limitMs: 20_000 });
  expect(claimed).toMatchObject({ status: 'issued', serial: 2, replayed: false });
  expect(await lab.claim(eventId, 'b')).toMatchObject({ status: 'issued', serial: 3, replayed: false });
  expect(await lab.claim(eventId, 'a')).toMatchObject({ status: 'issued', serial: 1, replayed: true });
});

it('a wait for the replica covers the writes of other connections, which WAIT alone has not covered since Redis 7.2', async () => {
  const { eventId } = await lab.createEvent({ stock: 10 });
  await lab.claim(eventId, 'a');
  await using other = await openLab({ redisUrl: pair.url, databaseUrl: database.databaseUrl });
  const acks = createReplicaAcks(1);
  const link = other.first.stores.redis.of(eventId);
  await acks.ofAll(link, eventId);
  const before = await pair.first.redis.hgetall(gateKey(eventId));
  await cutOff(pair.second);
  await lab.submit(eventId, 'b').catch(() => undefined);
  const together = await Promise.allSettled([acks.ofAll(link, eventId), acks.ofAll(link, eventId)]);
  expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  // Only the claim has changed the gate.
  const after = await pair.first.redis.hgetall(gateKey(eventId));
  expect({ ...after, issued: '', lastAt: '' }).toEqual({ ...before, issued: '', lastAt: '' });
});

it('a wait that several events share covers each of them, even if the first event has no gate', async () => {
  const { eventId } = await lab.createEvent({ stock: 10 });
  await pair.first.redis.config('SET', 'notify-keyspace-events', 'Kh');
  const listener = pair.first.redis.duplicate();
  await listener.subscribe(`__keyspace@0__:${gateKey(eventId)}`);
  const written = new Promise<string>((resolve) => listener.once('message', (_channel, command) => resolve(command)));
  const acks = createReplicaAcks(1);
  const link = lab.first.stores.redis.of(eventId);
  await Promise.all([acks.ofAll(link, 'ev_without_gate'), acks.ofAll(link, eventId)]);
  expect(await written).toBe('hset');
  listener.disconnect();
});

it('a process that can’t write takes one new name, not a new name at each attempt', async () => {
  const { roster } = lab.first.stores;
  await roster.enter();
  const first = roster.name();
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 31_000);
  await pair.first.redis.config('SET', 'min-replicas-to-write', '5');
  await expect(roster.enter()).rejects.toThrow('NOREPLICAS');
  const second = roster.name();
  expect(second).not.toBe(first);
  await expect(roster.enter()).rejects.toThrow('NOREPLICAS');
  expect(roster.name()).toBe(second);
  await pair.first.redis.config('SET', 'min-replicas-to-write', '0');
  await roster.enter();
  expect(roster.name()).toBe(second);
  expect(await pair.first.redis.hexists(processesKey, second)).toBe(1);
  clock.mockRestore();
});

it('/readyz warns of too few replicas, both from the start and after one is lost', async () => {
  const replicas = async () => (await lab.first.health.check()).find(({ name }) => name === 'replicas');
  await waitFor(async () => (await replicas())?.detail?.startsWith('1 replica'), {
    what: '/readyz to count the replica',
  });
  expect(await replicas()).toEqual({
    ...{ name: 'replicas', ok: false, required: false },
    detail: '1 replica, and each claim waits for 1: claims will get 503 once one is lost or promoted',
  });
  await cutOff(pair.second);
  await waitFor(async () => (await replicas())?.detail === '0 replicas, and each claim waits for 1: claims get 503', {
    what: '/readyz to report the loss',
  });
});

it('a drain continues while Redis’s memory is full, because draining frees memory', async () => {
  const { eventId } = await lab.createEvent({ stock: 10 });
  await lab.claim(eventId, 'a');
  await pair.first.redis.config('SET', 'maxmemory', '1');
  await expect(lab.submit(eventId, 'b')).rejects.toMatchObject(unavailable);
  await lab.first.stores.roster.enter();
  expect(await drainOutbox(lab.first.stores, eventId, 1)).toMatchObject({ persisted: 1 });
  await pair.first.redis.config('SET', 'maxmemory', '0');
});

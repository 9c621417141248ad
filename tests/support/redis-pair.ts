import { Redis } from 'ioredis';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { startRedis, type TestRedisServer } from './test-servers.ts';
import { waitFor } from './wait-for.ts';

/** One of the two servers, with a connection of the test's own. */
export type Member = { server: TestRedisServer; redis: Redis };

/** A primary and its replica, behind one address that leads new connections to the primary. */
export type RedisPair = AsyncDisposable & {
  first: Member;
  second: Member;
  /** The address. It works like a DNS name or a load balancer. */
  address: TcpProxy;
  url: string;
  /** Makes `replica` copy `primary`, and waits until the replica has everything. */
  follow(replica: Member, primary: Member): Promise<void>;
  promote(to: Member): Promise<void>;
  /** A managed failover: the replica becomes the primary and the primary its replica, and no connection is cut. */
  failOver(from: Member, to: Member): Promise<void>;
};

/** Starts both servers, with no replication between them yet. `settings` are as in redis.conf. */
export async function startRedisPair(settings: Record<string, string> = {}): Promise<RedisPair> {
  const [one, other] = await Promise.all([member(settings), member(settings)]);
  const address = await startTcpProxy(one.server.port);
  const follow: RedisPair['follow'] = async ({ redis }, { server, redis: primary }) => {
    await redis.call('REPLICAOF', '127.0.0.1', String(server.port));
    const offset = async (): Promise<number> => Number(/^master_repl_offset:(\d+)/m.exec(await info(primary))?.[1]);
    const wanted = await offset();
    await waitFor(
      async () => {
        const said = await info(redis);
        return /^master_link_status:up/m.test(said) && Number(/^slave_repl_offset:(\d+)/m.exec(said)?.[1]) >= wanted;
      },
      { what: 'the replica to have everything', limitMs: 20_000 },
    );
  };
  const promote: RedisPair['promote'] = async ({ redis }) => void (await redis.call('REPLICAOF', 'NO', 'ONE'));
  return {
    first: one,
    second: other,
    address,
    url: address.through(one.server.url),
    follow,
    promote,
    failOver: async (from, to) => {
      await promote(to);
      await follow(from, to);
    },
    [Symbol.asyncDispose]: async () => {
      for (const { redis } of [one, other]) redis.disconnect();
      await address[Symbol.asyncDispose]();
      await Promise.all([one, other].map(({ server }) => server[Symbol.asyncDispose]()));
    },
  };
}

/** Starts another server, to serve as a second replica. The caller disposes of the server. */
export async function member(settings: Record<string, string> = {}): Promise<Member> {
  const server = await startRedis({ masterauth: 'test', 'repl-diskless-sync-delay': '0', ...settings });
  return { server, redis: new Redis(server.url, { connectionName: 'test' }) };
}

const info = (redis: Redis): Promise<string> => redis.info('replication');

/** How many connections a server has, except the test's own connection and those of replicas. */
export async function countOurs({ redis }: Member): Promise<number> {
  const clients = String(await redis.call('CLIENT', 'LIST'));
  return [...clients.matchAll(/ name=firstcome/g)].length;
}

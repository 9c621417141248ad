import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { useResource } from './use-resource.ts';

/**
 * What happens to a chunk. `hold`: this chunk and everything after it wait until `release`. `lose`: this chunk and
 * everything after it are lost. `cutAfter`: the connection is cut once that many bytes of the chunk have passed.
 */
export type Verdict = 'pass' | 'hold' | 'lose' | { cutAfter: number };

/** A connection through the proxy. A test can keep notes about the connection in `marks`. */
export type Link = { readonly id: number; readonly marks: Set<string> };

/** A network between our processes and a server, which a test can disturb. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /**
   * The port to which the proxy connects new clients, like the address behind a DNS name. Existing connections keep
   * their port.
   */
  targetPort: number;
  /** Returns a server's URL with the proxy's address instead of the server's. */
  through(url: string): string;
  /** The delay of each chunk, in each direction. Lower the delay only while no chunk is on its way. */
  latencyMs: number;
  /** These decide what happens to the chunks that clients send, and to the replies. If undefined, all chunks pass. */
  onRequest: ((chunk: Buffer, link: Link) => Verdict) | undefined;
  onReply: ((chunk: Buffer, link: Link) => Verdict) | undefined;
  /**
   * Makes a black hole: no data passes on any connection, old or new. The proxy accepts new connections and keeps them
   * open.
   */
  hold(): void;
  /**
   * Simulates a lost route: the existing connections carry nothing from now on, and neither side notices. New
   * connections work.
   */
  strand(): void;
  release(): void;
  cut(): void;
  readonly open: number;
}

type Way = { held: Buffer[]; holding: boolean; losing: boolean; to: Socket };

/** Starts a proxy from a free loopback port to a port on this machine. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const links = new Set<{ client: Socket; server: Socket; ways: Way[] }>();
  let ids = 0;
  let allHeld = false;

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ host: '127.0.0.1', port: proxy.targetPort, noDelay: true });
    const link: Link = { id: (ids += 1), marks: new Set() };
    const wayOf = (to: Socket): Way => ({ held: [], holding: allHeld, losing: false, to });
    const ways = [wayOf(server), wayOf(client)] as const;
    const pair = { client, server, ways: [...ways] };
    links.add(pair);
    const end = (): void => {
      links.delete(pair);
      client.destroy();
      server.destroy();
    };
    const pass = (way: Way, chunk: Buffer): void => {
      if (proxy.latencyMs === 0) way.to.write(chunk);
      else setTimeout(() => way.to.write(chunk), proxy.latencyMs);
    };
    const carry = (way: Way, chunk: Buffer, judge: TcpProxy['onRequest']): void => {
      if (way.losing) return;
      if (way.holding) return void way.held.push(chunk);
      const verdict = judge?.(chunk, link) ?? 'pass';
      if (verdict === 'pass') pass(way, chunk);
      else if (verdict === 'lose') way.losing = true;
      else if (verdict === 'hold') {
        way.holding = true;
        way.held.push(chunk);
      } else way.to.end(chunk.subarray(0, verdict.cutAfter), end);
    };
    client.on('data', (chunk: Buffer) => carry(ways[0], chunk, proxy.onRequest));
    server.on('data', (chunk: Buffer) => carry(ways[1], chunk, proxy.onReply));
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      // In a black hole, neither side learns that the other side is gone.
      socket.on('close', () => {
        if (socket === client || !ways[1].holding) end();
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');

  const proxy: TcpProxy = {
    port: address.port,
    targetPort,
    through: (url) => {
      const changed = new URL(url);
      changed.port = String(address.port);
      return changed.href;
    },
    latencyMs: 0,
    onRequest: undefined,
    onReply: undefined,
    hold: () => {
      allHeld = true;
      for (const way of allWays()) way.holding = true;
    },
    strand: () => {
      for (const way of allWays()) way.losing = true;
    },
    release: () => {
      allHeld = false;
      for (const way of allWays()) {
        way.holding = false;
        for (const chunk of way.held.splice(0)) way.to.write(chunk);
      }
    },
    cut: () => {
      for (const { client, server } of links) {
        client.destroy();
        server.destroy();
      }
    },
    get open() {
      return links.size;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(listener, 'close');
      listener.close();
      proxy.cut();
      await closed;
    },
  };
  const allWays = () => [...links].flatMap(({ ways }) => ways);
  return proxy;
}

/** A proxy for the tests of this file, to the port of a server that an earlier helper has opened. */
export const useTcpProxy = (targetPort: () => number): TcpProxy =>
  useResource('useTcpProxy()', () => startTcpProxy(targetPort()));

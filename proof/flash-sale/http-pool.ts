import { connect, type Socket } from 'node:net';
import { parseHttpReply, type HttpReply } from './http-reply.ts';
import { monotonicMs } from './monotonic.ts';
import { perAddress, sourceAddresses } from './source-addresses.ts';

/** The reply to a call, or the error that came instead, with the monotonic times of sending and of the last byte. */
export type CallResult = { sentAtMs: number; receivedAtMs: number; reply: HttpReply | Error };

export type HttpPool = {
  /**
   * Opens up to `count` connections before the first call. If some fail, uses the rest; rejects if fewer than 200 are
   * left. With more than `perAddress` connections from one address, each asks `/livez` once, because the API closes
   * connections without a request.
   */
  open(count: number): Promise<void>;
  /** Sends a complete HTTP/1.1 request over an idle connection or a new one. Never rejects. */
  call(request: string): Promise<CallResult>;
  /** How many calls waited because all connections were busy. */
  readonly waited: number;
  close(): void;
};

const connectAtOnce = 100;
/** The minimum number of connections. With fewer, the clients would not behave like a crowd. */
const connectionsLeast = 200;

type Connection = { socket: Socket; bytes: Buffer; call: Call | null };
type Call = { request: string; sentAtMs: number; timer: NodeJS.Timeout; done: (result: CallResult) => void };

/**
 * Keep-alive connections with one call at a time on each. Bare sockets need about 15 us per call, `http.request` 60 us,
 * and the crowd shares a machine with the server that it measures.
 */
export function createHttpPool(target: {
  host: string;
  port: number;
  connectionsMax: number;
  timeoutMs: number;
  /** The address to connect from. By default, the pool uses several addresses, if this machine has them. */
  localAddress?: string | undefined;
}): HttpPool {
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  const queue: { request: string; done: (result: CallResult) => void }[] = [];
  let { connectionsMax } = target;
  const sources =
    target.localAddress === undefined ? sourceAddresses(target.host, connectionsMax) : [target.localAddress];
  let added = 0;
  let waited = 0;

  const finish = (connection: Connection, reply: HttpReply | Error): void => {
    const { call } = connection;
    if (call === null) return;
    connection.call = null;
    connection.bytes = Buffer.alloc(0);
    clearTimeout(call.timer);
    call.done({ sentAtMs: call.sentAtMs, receivedAtMs: monotonicMs(), reply });
  };

  const drop = (connection: Connection, reason: Error): void => {
    if (!all.delete(connection)) return;
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
    connection.socket.destroy();
    finish(connection, reason);
    const next = queue.shift();
    if (next !== undefined) start(add(), next.request, next.done);
  };

  const add = (): Connection => {
    const { host, port } = target;
    const localAddress = sources?.[added % sources.length];
    const socket = connect({ host, port, noDelay: true, ...(localAddress !== undefined && { localAddress }) });
    added += 1;
    const connection: Connection = { socket, bytes: Buffer.alloc(0), call: null };
    all.add(connection);
    socket.on('error', (error) => drop(connection, error));
    socket.on('close', () => drop(connection, new Error('the server closed the connection')));
    socket.on('data', (chunk: Buffer) => {
      connection.bytes = connection.bytes.length === 0 ? chunk : Buffer.concat([connection.bytes, chunk]);
      let reply: HttpReply | null;
      try {
        reply = parseHttpReply(connection.bytes);
      } catch (error) {
        return drop(connection, error instanceof Error ? error : new Error(String(error)));
      }
      if (reply === null) return;
      finish(connection, reply);
      if (!reply.keepAlive) return drop(connection, new Error('the server asked to close'));
      const next = queue.shift();
      if (next === undefined) idle.push(connection);
      else start(connection, next.request, next.done);
    });
    return connection;
  };

  const start = (connection: Connection, request: string, done: (result: CallResult) => void): void => {
    const timer = setTimeout(
      () => drop(connection, new Error(`no answer within ${target.timeoutMs} ms`)),
      target.timeoutMs,
    );
    connection.call = { request, sentAtMs: monotonicMs(), timer, done };
    connection.socket.write(request, 'latin1');
  };

  return {
    open: async (count) => {
      const livez = `GET /livez HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\n\r\n`;
      const mustAsk = sources === null && count > perAddress;
      for (let opened = 0; opened < count; opened += connectAtOnce) {
        const batch = Array.from({ length: Math.min(connectAtOnce, count - opened) }, () => {
          const connection = add();
          const { promise, resolve, reject } = Promise.withResolvers<void>();
          connection.socket.once('connect', () => {
            if (mustAsk)
              return start(connection, livez, ({ reply }) => (reply instanceof Error ? reject(reply) : resolve()));
            idle.push(connection);
            resolve();
          });
          connection.socket.once('error', reject);
          return promise;
        });
        const failed = (await Promise.allSettled(batch)).find((result) => result.status === 'rejected');
        if (failed === undefined) continue;
        // Usually the limit on open files prevents more connections. If enough are open, the crowd shares them.
        if (all.size < connectionsLeast) throw failed.reason;
        connectionsMax = all.size;
        return;
      }
    },
    call: (request) => {
      const { promise, resolve } = Promise.withResolvers<CallResult>();
      const connection = idle.pop();
      if (connection !== undefined) start(connection, request, resolve);
      else if (all.size < connectionsMax) start(add(), request, resolve);
      else {
        waited += 1;
        queue.push({ request, done: resolve });
      }
      return promise;
    },
    get waited() {
      return waited;
    },
    close: () => {
      for (const { socket } of all) {
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        socket.destroy();
      }
      all.clear();
    },
  };
}

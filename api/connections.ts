import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { CloseReason } from '../core/metrics/metric.ts';
import { addressMatcher, addressOf } from './addresses.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { Connection, ConnectionLine } from './connection.ts';

/** The open connections of a server. */
export type Connections = {
  of(socket: Socket): Connection | undefined;
  /** Records that an answer was sent: from now on the connection counts only toward the total. */
  answered(connection: Connection): void;
  /** How many connections have had no answer yet, and how many have had at least one. */
  counts(): { fresh: number; used: number };
};

/**
 * Stored on the socket itself. Each request needs two look-ups, and a map would take longer than all the other work
 * here.
 */
const key = Symbol('connection');
type WatchedSocket = Socket & { [key]?: Connection | undefined };

/** The server is crowded while connections without a completed request hold more than this share of all places. */
const crowdedShare = 0.5;
/**
 * A connection that has sent nothing for this long after opening probably won't send a request, because clients send
 * their first request within a round trip.
 */
const silentMs = 1_000;
const checkEveryMs = 1_000;
/**
 * How long to wait after a search that found no connection to close. A search visits all connections, so new
 * connections must not trigger one each time.
 */
const lookAgainMs = 10;

/**
 * Keeps a server's connections within their limits. `count` is called for each connection that is closed or turned
 * away.
 */
export function watchConnections(
  server: Server,
  limits: ConnectionLimits,
  count: (reason: CloseReason) => void,
): Connections {
  const isTrusted = addressMatcher(limits.trustedProxies);
  const held = new HeldConnections(limits, count);
  server.maxConnections = limits.max;
  // If several processes share one listening socket, a full process would pass the connection to another process,
  // endlessly if all are full.
  (server as Server & { dropMaxConnection: boolean }).dropMaxConnection = true;
  server.on('drop', () => {
    count('full');
    held.makeRoom();
  });
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    held.add(socket, isTrusted(remoteAddress) ? null : addressOf(remoteAddress));
  });
  server.once('listening', () => {
    const timer = setInterval(() => {
      held.closeSlow();
      held.makeRoom();
    }, checkEveryMs).unref();
    server.once('close', () => clearInterval(timer));
  });
  return held;
}

/**
 * The connections of a server, in two lines: connections without an answer yet, and connections with an answer. At the
 * limit, the server makes room instead of turning new clients away. The server closes the connection that has been idle
 * longest: first connections that never sent a request, then connections that are idle after an answer. The server
 * never cuts off a request that is being handled. If an address exceeds its limit, the server closes the oldest
 * unanswered connection of that address. If an attacker shares the address with others (an office, a mobile network),
 * mostly the attacker's connections are closed. The other clients send their requests at once, and connections with an
 * answer don't count toward the limit.
 */
class HeldConnections implements Connections {
  readonly #limits: ConnectionLimits;
  readonly #count: (reason: CloseReason) => void;
  /** Connections without an answer yet, in order of arrival. */
  readonly #fresh = new ConnectionLine();
  /** Connections with an answer, ordered by the time of their last answer. */
  readonly #used = new ConnectionLine();
  readonly #freshOf = new Map<string, Set<Connection>>();
  readonly #crowdedAbove: number;
  /** When the next search for a connection to close may begin. */
  #lookAtMs = -Infinity;

  constructor(limits: ConnectionLimits, count: (reason: CloseReason) => void) {
    this.#limits = limits;
    this.#count = count;
    this.#crowdedAbove = limits.max * crowdedShare;
  }

  of(socket: Socket): Connection | undefined {
    return (socket as WatchedSocket)[key];
  }

  answered(connection: Connection): void {
    if (connection.line === this.#fresh) this.#leaveAddress(connection);
    if (connection.line !== null) this.#used.push(connection);
  }

  counts(): { fresh: number; used: number } {
    return { fresh: this.#fresh.size, used: this.#used.size };
  }

  /** Accepts a new connection. `address` is null if the connection does not count toward any address's limit. */
  add(socket: Socket, address: string | null): void {
    const connection = new Connection(socket, address, performance.now());
    (socket as WatchedSocket)[key] = connection;
    this.#fresh.push(connection);
    socket.once('close', () => this.#forget(connection));
    this.#keepWithinAddress(connection);
    this.makeRoom(connection);
  }

  /**
   * If the limit is reached, closes one connection so that the next new connection after `newcomer` can be accepted. If
   * no connection can be closed, Node refuses the next one.
   */
  makeRoom(newcomer?: Connection): void {
    const nowMs = performance.now();
    if (this.#fresh.size + this.#used.size < this.#limits.max || nowMs < this.#lookAtMs) return;
    const isCrowded = this.#fresh.size > this.#crowdedAbove;
    const longest = firstIn(this.#fresh, (connection) => connection.waitsForClient && connection !== newcomer);
    const isSilent = longest !== null && nowMs - longest.openedAtMs >= silentMs;
    const silent = isCrowded || isSilent ? longest : null;
    const victim = silent ?? firstIn(this.#used, (connection) => connection.waitsForClient);
    if (victim === null) this.#lookAtMs = nowMs + lookAgainMs;
    else this.#close(victim, 'room');
  }

  /** While the server is crowded, closes connections that have taken too long to send their first request. */
  closeSlow(): void {
    const before = performance.now() - this.#limits.firstRequestMs;
    let next = this.#fresh.oldest;
    while (next !== null && this.#fresh.size > this.#crowdedAbove && next.openedAtMs <= before) {
      const connection = next;
      next = connection.newer;
      // A connection's age counts from its opening, so that a slow trickle of bytes does not extend its time.
      if (connection.owesRequest) this.#close(connection, 'slow');
    }
  }

  #keepWithinAddress(newcomer: Connection): void {
    if (newcomer.address === null) return;
    const held = this.#freshOf.get(newcomer.address) ?? new Set();
    this.#freshOf.set(newcomer.address, held.add(newcomer));
    if (held.size <= this.#limits.perAddress) return;
    // Closes the newcomer itself if all other connections are being answered.
    for (const connection of held) if (connection.waitsForClient) return this.#close(connection, 'address');
  }

  #close(connection: Connection, reason: CloseReason): void {
    this.#count(reason);
    this.#forget(connection);
    connection.socket.destroy();
  }

  #forget(connection: Connection): void {
    if (connection.line === null) return;
    (connection.socket as WatchedSocket)[key] = undefined;
    if (connection.line === this.#fresh) this.#leaveAddress(connection);
    connection.line.remove(connection);
  }

  #leaveAddress(connection: Connection): void {
    if (connection.address === null) return;
    const held = this.#freshOf.get(connection.address);
    if (held?.delete(connection) === true && held.size === 0) this.#freshOf.delete(connection.address);
  }
}

function firstIn(line: ConnectionLine, fits: (connection: Connection) => boolean): Connection | null {
  let connection = line.oldest;
  while (connection !== null && !fits(connection)) connection = connection.newer;
  return connection;
}

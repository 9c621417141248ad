import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { CloseReason } from '../core/metrics/metric.ts';
import { addressMatcher, addressOf } from './addresses.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { Connection, ConnectionLine } from './connection.ts';

/** The open connections of a server. */
export type Connections = {
  of(socket: Socket): Connection | undefined;
  /** An answer was sent: from now on it counts only toward the total. */
  answered(connection: Connection): void;
  /** How many have had no answer yet, and how many have. */
  counts(): { fresh: number; used: number };
};

/** On the socket itself: a request is looked up twice, and a map would take longer than all the rest. */
const key = Symbol('connection');
type WatchedSocket = Socket & { [key]?: Connection | undefined };

/** It is crowded while connections without a completed request hold more than this share of all places. */
const crowdedShare = 0.5;
/** After this silence no request is coming: a request follows its connection within a round trip. */
const silentMs = 1_000;
const checkEveryMs = 1_000;
/** If no connection can be closed, the search goes through all of them; new connections must not trigger it at will. */
const lookAgainMs = 10;

/**
 * Keeps a server's connections within their limits.
 *
 * At the cap it makes room rather than turn people away, by closing the connection that has been idle longest: first those
 * that never sent a request, then those idle after an answer. A request in hand is never cut off. An address over its limit
 * loses its own oldest connection. So an attacker who shares an address with others (an office, a mobile network) loses
 * places to them: they send their request at once, and leave that count.
 */
export function watchConnections(
  server: Server,
  limits: ConnectionLimits,
  count: (reason: CloseReason) => void,
): Connections {
  const isTrusted = addressMatcher(limits.trustedProxies);
  /** Not answered yet, in order of arrival. */
  const fresh = new ConnectionLine();
  /** The others, by their last answer. */
  const used = new ConnectionLine();
  const freshOf = new Map<string, Set<Connection>>();
  const crowdedAbove = limits.max * crowdedShare;
  /** When to search again for a connection to close. */
  let lookAtMs = -Infinity;

  const leaveAddress = (connection: Connection): void => {
    if (connection.address === null) return;
    const held = freshOf.get(connection.address);
    if (held?.delete(connection) === true && held.size === 0) freshOf.delete(connection.address);
  };

  const forget = (connection: Connection): void => {
    if (connection.line === null) return;
    (connection.socket as WatchedSocket)[key] = undefined;
    if (connection.line === fresh) leaveAddress(connection);
    connection.line.remove(connection);
  };

  const close = (connection: Connection, reason: CloseReason): void => {
    count(reason);
    forget(connection);
    connection.socket.destroy();
  };

  const keepWithinAddress = (newcomer: Connection): void => {
    if (newcomer.address === null) return;
    const held = freshOf.get(newcomer.address) ?? new Set();
    freshOf.set(newcomer.address, held.add(newcomer));
    if (held.size <= limits.perAddress) return;
    // The new one itself, if all others are being answered.
    for (const connection of held) if (connection.waitsForClient) return close(connection, 'address');
  };

  /** Makes room for the connection after `newcomer`; if there is none, Node itself refuses it. */
  const makeRoom = (newcomer?: Connection): void => {
    const nowMs = performance.now();
    if (fresh.size + used.size < limits.max || nowMs < lookAtMs) return;
    const isCrowded = fresh.size > crowdedAbove;
    const longest = firstIn(fresh, (connection) => connection.waitsForClient && connection !== newcomer);
    const isSilent = longest !== null && nowMs - longest.openedAtMs >= silentMs;
    const silent = isCrowded || isSilent ? longest : null;
    const victim = silent ?? firstIn(used, (connection) => connection.waitsForClient);
    if (victim === null) lookAtMs = nowMs + lookAgainMs;
    else close(victim, 'room');
  };

  const closeSlow = (): void => {
    const before = performance.now() - limits.firstRequestMs;
    let next = fresh.oldest;
    while (next !== null && fresh.size > crowdedAbove && next.openedAtMs <= before) {
      const connection = next;
      next = connection.newer;
      // By its age, whatever it has sent: bytes that trickle in don't make it any younger.
      if (connection.owesRequest) close(connection, 'slow');
    }
  };

  server.maxConnections = limits.max;
  // Of several processes on one listening socket, the full one would pass the connection on, for ever if all are full.
  (server as Server & { dropMaxConnection: boolean }).dropMaxConnection = true;
  server.on('drop', () => {
    count('full');
    makeRoom();
  });
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    const address = isTrusted(remoteAddress) ? null : addressOf(remoteAddress);
    const connection = new Connection(socket, address, performance.now());
    (socket as WatchedSocket)[key] = connection;
    fresh.push(connection);
    socket.once('close', () => forget(connection));
    keepWithinAddress(connection);
    makeRoom(connection);
  });
  server.once('listening', () => {
    const timer = setInterval(() => {
      closeSlow();
      makeRoom();
    }, checkEveryMs).unref();
    server.once('close', () => clearInterval(timer));
  });

  return {
    of: (socket) => (socket as WatchedSocket)[key],
    answered: (connection) => {
      if (connection.line === fresh) leaveAddress(connection);
      if (connection.line !== null) used.push(connection);
    },
    counts: () => ({ fresh: fresh.size, used: used.size }),
  };
}

function firstIn(line: ConnectionLine, fits: (connection: Connection) => boolean): Connection | null {
  let connection = line.oldest;
  while (connection !== null && !fits(connection)) connection = connection.newer;
  return connection;
}

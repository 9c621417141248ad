import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** An open connection, with what decides which one to close, and since when it waits. */
export class Connection {
  readonly socket: Socket;
  /** The address that it is counted under (see `addressOf`); null for a trusted proxy's. */
  readonly address: string | null;
  readonly openedAtMs: number;
  /** Requests that a handler works on, or whose answer is not sent yet. */
  inHand = 0;
  /** The newest of them. */
  newest: IncomingMessage | null = null;
  /** Requests already read that wait until fewer are in hand. */
  readonly waiting: [IncomingMessage, ServerResponse][] = [];

  /** Its place in a `ConnectionLine`. */
  line: ConnectionLine | null = null;
  older: Connection | null = null;
  newer: Connection | null = null;

  constructor(socket: Socket, address: string | null, openedAtMs: number) {
    this.socket = socket;
    this.address = address;
    this.openedAtMs = openedAtMs;
  }

  /** Whether we owe no answer to a complete request. */
  get owesRequest(): boolean {
    return this.inHand === 0 || (this.inHand === 1 && this.newest?.complete === false);
  }

  /** Whether the next move is the client's: it owes a request, or leaves its answer unread. */
  get waitsForClient(): boolean {
    return this.owesRequest || this.socket.writableLength > 0;
  }
}

/**
 * Connections, oldest first. A linked list: under attack its head is taken ten thousand times a second, and each answer
 * moves a connection to the end.
 */
export class ConnectionLine {
  size = 0;
  oldest: Connection | null = null;
  #newest: Connection | null = null;

  /** Moves a connection to the end, out of the line that it was in. */
  push(connection: Connection): void {
    connection.line?.remove(connection);
    connection.line = this;
    connection.older = this.#newest;
    if (this.#newest === null) this.oldest = connection;
    else this.#newest.newer = connection;
    this.#newest = connection;
    this.size += 1;
  }

  remove(connection: Connection): void {
    if (connection.line !== this) return;
    const { older, newer } = connection;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    connection.line = connection.older = connection.newer = null;
    this.size -= 1;
  }
}

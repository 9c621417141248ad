import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** An open connection, with what the server needs to know to decide which connection to close. */
export class Connection {
  readonly socket: Socket;
  /** The address under which the connection is counted (see `addressOf`); null for a trusted proxy's connection. */
  readonly address: string | null;
  readonly openedAtMs: number;
  /** Requests that are being handled, or whose answer has not been sent completely. */
  inHand = 0;
  /** The newest request that is being handled. */
  newest: IncomingMessage | null = null;
  /** Requests that were read, but wait until fewer requests of this connection are being handled. */
  readonly waiting: [IncomingMessage, ServerResponse][] = [];

  /** The connection's place in a `ConnectionLine`. */
  line: ConnectionLine | null = null;
  older: Connection | null = null;
  newer: Connection | null = null;

  constructor(socket: Socket, address: string | null, openedAtMs: number) {
    this.socket = socket;
    this.address = address;
    this.openedAtMs = openedAtMs;
  }

  /** Whether every complete request has been answered. */
  get owesRequest(): boolean {
    return this.inHand === 0 || (this.inHand === 1 && this.newest?.complete === false);
  }

  /** Whether the server waits for the client: to send a request, or to read an answer. */
  get waitsForClient(): boolean {
    return this.owesRequest || this.socket.writableLength > 0;
  }
}

/**
 * Connections, oldest first. This is a linked list, because during an attack the server removes its head ten thousand
 * times a second, and each answer moves a connection to the end.
 */
export class ConnectionLine {
  size = 0;
  oldest: Connection | null = null;
  #newest: Connection | null = null;

  /** Moves a connection to the end of this line. */
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

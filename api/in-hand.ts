import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { requestsInHandMax } from './http-limits.ts';

/**
 * Hands requests to `handle`, of each connection at most `requestsInHandMax` whose answers are not sent yet. HTTP/1.1 lets
 * a client send requests without end before it reads an answer, and Node begins each at once. Requests beyond the limit
 * wait, and while any waits nothing more is read from the socket, so at most the data of one read is kept.
 */
export function handInTurn(connections: Connections, handle: RequestListener): RequestListener {
  const begin = (connection: Connection, req: IncomingMessage, res: ServerResponse): void => {
    connection.inHand += 1;
    connection.newest = req;
    res.on('finish', finished);
    handle(req, res);
  };

  function finished(this: ServerResponse): void {
    const connection = connections.of(this.req.socket);
    if (connection === undefined) return;
    connection.inHand -= 1;
    if (connection.inHand === 0) connection.newest = null;
    connections.answered(connection);
    // After a last answer, waiting requests could get none.
    const next = connection.socket.writableEnded ? undefined : connection.waiting.shift();
    if (next === undefined) return;
    // Before it begins: the rest of its body may be on its way.
    if (connection.waiting.length === 0) readOn(connection.socket);
    begin(connection, ...next);
  }

  return (req, res) => {
    const connection = connections.of(req.socket);
    // Closed by us, between two requests that came together.
    if (connection === undefined) return;
    if (connection.inHand < requestsInHandMax && connection.waiting.length === 0) return begin(connection, req, res);
    if (connection.waiting.push([req, res]) === 1) stopReading(connection.socket);
  };
}

/** Until `readOn`. Reading a body resumes the whole socket, so resuming must do nothing meanwhile. */
function stopReading(socket: Socket): void {
  socket.pause();
  socket.resume = () => socket;
}

function readOn(socket: Socket): void {
  Reflect.deleteProperty(socket, 'resume');
  socket.resume();
}

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { requestsInHandMax } from './http-limits.ts';

/**
 * Passes requests to `handle`, with at most `requestsInHandMax` unanswered requests for each connection. HTTP/1.1 lets
 * a client send any number of requests before it reads an answer, and Node would start them all at once. While a
 * request waits, the server reads nothing more from the socket, so it buffers at most the data of one read.
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
    // After a connection's last answer, waiting requests can no longer be answered.
    const next = connection.socket.writableEnded ? undefined : connection.waiting.shift();
    if (next === undefined) return;
    // Resume reading before the request begins, because the rest of its body may still be on its way.
    if (connection.waiting.length === 0) readOn(connection.socket);
    begin(connection, ...next);
  }

  return (req, res) => {
    const connection = connections.of(req.socket);
    // The server closed the connection between two requests that arrived together.
    if (connection === undefined) return;
    if (connection.inHand < requestsInHandMax && connection.waiting.length === 0) return begin(connection, req, res);
    if (connection.waiting.push([req, res]) === 1) stopReading(connection.socket);
  };
}

/**
 * Stops reading from the socket until `readOn`. Reading a body resumes the whole socket, so `resume` has no effect
 * until then.
 */
function stopReading(socket: Socket): void {
  socket.pause();
  socket.resume = () => socket;
}

function readOn(socket: Socket): void {
  Reflect.deleteProperty(socket, 'resume');
  socket.resume();
}

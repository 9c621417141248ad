import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client's connection. The connection stays open until the client or the server closes it. */
export type Client = {
  socket: Socket;
  send(text: string): void;
  received(): string;
  isOpen(): boolean;
};

/** Connects from the given local address. On Linux, every address in 127.0.0.0/8 works. */
export async function dialFrom(localAddress: string, port: number): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true });
  let received = '';
  let open = true;
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => (open = false));
  await once(socket, 'connect');
  return { socket, send: (text) => void socket.write(text), received: () => received, isOpen: () => open };
}

/** Opens connections one after another, so that each connection is younger than the one before. */
export async function dialSome(count: number, localAddress: string, port: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) clients.push(await dialFrom(localAddress, port));
  return clients;
}

export const livez = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';

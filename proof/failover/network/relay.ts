import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A port of this process that forwards connections to a server. */
export type Relay = AsyncDisposable & { readonly port: number };

/**
 * Opens a port at `host`. Each new connection goes to the server that `target` returns at that moment. If one side
 * closes its connection, the other side's is closed too.
 */
export async function openRelay(host: string, target: () => { host: string; port: number }): Promise<Relay> {
  const open = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ ...target(), noDelay: true });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  listener.listen(0, host);
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('The relay has no port.');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

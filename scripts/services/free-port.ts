import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const lowest = 20_000;

/**
 * Returns a free port on `host`: the preferred one if possible. Never returns a port from the range that the kernel
 * uses for outgoing connections. A client that reconnects while a server restarts could get such a port for its own end
 * of the connection, and the server could then not listen on that port.
 */
export async function findFreePort(host: string, preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(host, preferred))) return preferred;
  const end = firstOutgoingPort();
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const port = randomInt(lowest, end);
    if (await isPortFree(host, port)) return port;
  }
  throw new Error(`No free port was found on ${host} between ${lowest} and ${end - 1}.`);
}

export function isPortFree(host: string, port: number): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
    else reject(new Error(`Can't listen on ${host}: ${error.message}`));
  });
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}

function firstOutgoingPort(): number {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
    return first > lowest + 1_000 ? first : 32_768;
  } catch {
    return 32_768;
  }
}

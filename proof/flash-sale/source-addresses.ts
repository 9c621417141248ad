import { once } from 'node:events';
import { createServer } from 'node:net';

/** How many connections to open from one address. An API allows one address 256 connections that have had no answer. */
export const perAddress = 128;
const addressesMax = 250;

/** On Linux, this machine has all of 127.0.0.0/8. macOS has only 127.0.0.1. */
const hasWholeLoopback = await canListen('127.0.0.2');

/**
 * Returns addresses of this machine from which to open the given number of connections to `host`, different ones each
 * time. Null if there is no choice, because `host` is another machine or this machine has only one address.
 */
export function sourceAddresses(host: string, connections: number): string[] | null {
  if (!hasWholeLoopback || !/^127\.\d+\.\d+\.\d+$/.test(host)) return null;
  const count = Math.min(Math.ceil(connections / perAddress), addressesMax);
  const byte = (): number => 1 + Math.floor(Math.random() * 254);
  const network = `127.${byte()}.${byte()}`;
  return Array.from({ length: count }, (_, at) => `${network}.${at + 1}`);
}

async function canListen(host: string): Promise<boolean> {
  const probe = createServer();
  try {
    await once(probe.listen(0, host), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}

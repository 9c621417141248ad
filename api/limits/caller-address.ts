import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyaddr from 'proxy-addr';
import { addressOf } from '../addresses.ts';

/**
 * Returns a function that finds the address to which a request's calls are charged: an IPv4 address, or the first 64
 * bits of an IPv6 address. In `X-Forwarded-For`, it trusts only what `trustedProxies` wrote: it reads the header from
 * its end, and takes the first address that is not a trusted proxy's. Without trusted proxies, it ignores the header.
 */
export function createCallerAddress(trustedProxies: readonly string[]): (req: IncomingMessage) => string {
  if (trustedProxies.length === 0) return ({ socket }) => addressOf(socket.remoteAddress);
  const isTrusted = proxyaddr.compile([...trustedProxies]);
  return (req) =>
    req.socket.remoteAddress === undefined ? addressOf(undefined) : addressOf(withoutPort(proxyaddr(req, isTrusted)));
}

/** Removes the port, which some proxies also write: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(address: string): string {
  if (isIP(address) !== 0) return address;
  return /^\[([^\]]+)\](?::\d+)?$/.exec(address)?.[1] ?? address.replace(/:\d+$/, '');
}
